// A process that is killed while it writes the cache leaves a file beside it. The next start removes it, and never
// what a process beside this one is writing.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { createRouter } from '../create-router.ts'
import { snapshotTextFromTable } from '../testing/snapshot-from-table.ts'
import { staticSource } from '../testing/static-source.ts'
import { createSnapshotCache } from './snapshot-cache.ts'

const cacheModule = new URL('../../dist/snapshots/snapshot-cache.js', import.meta.url).href

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-orphans-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Another process that uses the same cache file. */
function startProcess(script: string, shell = ''): ChildProcess {
  const command = [process.execPath, '--input-type=module', '-e', script]
  const child =
    shell === ''
      ? spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
      : spawn('sh', ['-c', `${shell}; exec "$@"`, 'sh', ...command], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

const storing = (path: string, chars: number) => `
  const { createSnapshotCache } = await import(${JSON.stringify(cacheModule)})
  const cache = createSnapshotCache(${JSON.stringify(path)}, (message, _, fields) => {
    console.log(message, fields.cause)
  })
  const text = 'x'.repeat(${chars})
`

test('what a killed process had begun to write is removed at the next start', async () => {
  const folder = await newFolder()
  const path = join(folder, 'snapshot.json')
  let left: string[] = []
  while (left.length === 0) {
    const child = startProcess(
      `${storing(path, 30_000_000)} for (;;) { cache.store(text); await cache.settled() }`,
    )
    const exited = once(child, 'exit')
    while (!(await readdir(folder)).some((name) => name.endsWith('.tmp'))) await pause(1)
    child.kill('SIGKILL')
    await exited
    left = (await readdir(folder)).filter((name) => name.endsWith('.tmp'))
  }
  const router = createRouter({ snapshots: staticSource(), cacheFile: path })
  await router.ready({ timeoutMs: 1 })
  while ((await readdir(folder)).some((name) => name.endsWith('.tmp'))) await pause(5)
  await router.close()
})

test('only files of this cache go, and only those that no living process writes', async () => {
  const folder = await newFolder()
  const path = join(folder, 'snapshot.json')
  const alive = startProcess('setInterval(() => {}, 1_000)')
  const dead = startProcess('')
  await once(dead, 'exit')
  const before = new Date(performance.timeOrigin - 60_000)
  const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000)
  const files = new Map<string, Date | undefined>([
    [`snapshot.json.${dead.pid}.0123abcd.tmp`, undefined],
    [`snapshot.json.${process.pid}.0123abcd.tmp`, before],
    [`snapshot.json.${alive.pid}.3333abcd.tmp`, twoDaysAgo],
    [`snapshot.json.${alive.pid}.0123abcd.tmp`, before],
    [`snapshot.json.${process.pid}.4444abcd.tmp`, undefined],
    [`snapshot.json.${dead.pid}.backup.tmp`, undefined],
    [`other.json.${dead.pid}.0123abcd.tmp`, undefined],
    [`snapshot.json.old.${dead.pid}.0123abcd.tmp`, undefined],
    ['snapshot.json.tmp', undefined],
  ])
  for (const [name, time] of files) {
    await writeFile(join(folder, name), 'text')
    if (time !== undefined) await utimes(join(folder, name), time, time)
  }
  await createSnapshotCache(path, () => undefined).removeOrphans()
  expect((await readdir(folder)).sort()).toEqual([...files.keys()].slice(3).sort())
})

test('a file that another process takes away while it is written is written once more', async () => {
  const folder = await newFolder()
  const path = join(folder, 'snapshot.json')
  const warnings: string[] = []
  const cache = createSnapshotCache(path, (message) => warnings.push(message))
  cache.store('x'.repeat(50_000_000))
  let taken = false
  while (!taken) {
    const beside = (await readdir(folder)).find((name) => name.endsWith('.tmp'))
    if (beside === undefined) await pause(0)
    else {
      await rm(join(folder, beside), { force: true })
      taken = true
    }
  }
  await cache.settled()
  expect(warnings).toEqual([])
  expect((await readFile(path)).length).toBe(50_000_000)
})

test('a full disk is a warning, the last good file stays, and nothing is left beside it', async () => {
  const folder = await newFolder()
  const path = join(folder, 'snapshot.json')
  await writeFile(path, 'good')
  // The operating system lets the process write files of so many blocks only.
  const child = startProcess(
    `${storing(path, 3_000_000)} cache.store(text); await cache.settled()`,
    "trap '' XFSZ; ulimit -f 100",
  )
  let said = ''
  child.stdout?.on('data', (chunk) => {
    said += String(chunk)
  })
  await once(child, 'close')
  expect(said).toContain('snapshot-cache-not-written EFBIG')
  expect(await readFile(path, 'utf8')).toBe('good')
  expect(await readdir(folder)).toEqual(['snapshot.json'])
})

test('a path that is a folder, or lies in a file, is a warning, and decisions go on', async () => {
  const folder = await newFolder()
  await mkdir(join(folder, 'folder.json'))
  await writeFile(join(folder, 'file'), '')
  for (const path of [join(folder, 'folder.json'), join(folder, 'file', 'snapshot.json')]) {
    const warnings: string[] = []
    const quiet = () => undefined
    const router = createRouter({
      snapshots: staticSource(snapshotTextFromTable([])),
      cacheFile: path,
      logger: {
        debug: quiet,
        info: quiet,
        error: quiet,
        warn: (message) => warnings.push(message),
      },
    })
    await router.ready()
    expect(router.route('text', 'coding').snapshotVersion).toBe(1)
    await router.close()
    expect(warnings).toContain('snapshot-cache-not-written')
    expect((await readdir(folder)).sort()).toEqual(['file', 'folder.json'])
  }
})
