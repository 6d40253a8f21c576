// Runs `npm run quickstart` as a newcomer does: nothing is set up, or something else is in the way.
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import {
  childrenOf,
  createScratchFolder,
  nothingIsLeftOf,
  startDemoProcess,
} from './support/demo-process.ts'
import { waitUntil } from './support/wait-until.ts'

const main = fileURLToPath(new URL('../demo/dist/quickstart/main.js', import.meta.url))

let folder = ''
beforeEach(async () => {
  folder = await createScratchFolder()
})

const startQuickstart = (environment = {}) => startDemoProcess(main, [], { folder, environment })

interface Row {
  readonly snapshot: string
  readonly good: number
  readonly bad: number
}

/** The rounds in what it printed. */
function rowsOf(stdout: string): Row[] {
  return [...stdout.matchAll(/^ {2}(none|\d+) .* [━─]{20} +(\d+) +(\d+) +\d+$/gm)].map(
    ([, snapshot = '', good, bad]) => ({ snapshot, good: Number(good), bad: Number(bad) }),
  )
}

function expectLearned(stdout: string): void {
  const rows = rowsOf(stdout)
  expect(rows.length).toBeGreaterThan(3)
  expect(rows[0]).toEqual({ snapshot: 'none', good: 0, bad: 20 })
  const versions = rows.slice(1).map(({ snapshot }) => Number(snapshot))
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
  expect(rows.at(-1)?.good).toBeGreaterThan(15)
}

test('decisions change, and it says what to do next', async () => {
  const run = startQuickstart()
  expect({ exitCode: await run.end(), stderr: run.output.stderr }).toEqual({
    exitCode: 0,
    stderr: '',
  })
  expectLearned(run.output.stdout)
  for (const next of ['npm start', 'examples/agent.mjs', 'winrate.feedback', 'README.md']) {
    expect(run.output.stdout).toContain(next)
  }
  const widest = Math.max(...run.output.stdout.split('\n').map((line) => line.length))
  expect(widest, 'it fits into 80 columns').toBeLessThanOrEqual(80)
  expect(await readdir(folder)).toEqual([])
})

test('the first code of the README is what runs', async () => {
  const linesOf = (text: string) => text.split('\n').map((line) => line.trim())
  const read = (path: string) => readFile(new URL(`../${path}`, import.meta.url), 'utf8')
  const [, code = ''] = /^```[^\n]*\n(.*?)^```/ms.exec(await read('README.md')) ?? []
  expect(code).toContain("generateText({ model: winrate('coding'), prompt })")
  const shown = linesOf(code).filter((line) => line !== '')
  const ran = linesOf(await read('demo/src/quickstart/agent.ts'))
  expect(ran.filter((line) => shown.includes(line))).toEqual(shown)
})

test('a second one beside it, taken ports, and services that are away do not disturb it', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void taken.close())
  await waitUntil(() => taken.listening, { describe: 'the port to be taken' })
  const address = taken.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const environment = {
    WINRATE_PORT: String(port),
    WINRATE_LOG_FORMAT: 'text',
    WINRATE_HOST: '0.0.0.0',
    DATABASE_URL: 'postgres://127.0.0.1:1/none',
    REDIS_URL: 'redis://127.0.0.1:1',
  }
  const runs = [startQuickstart(environment), startQuickstart(environment)]
  for (const run of runs) {
    expect(await run.end(), run.output.stderr).toBe(0)
    expectLearned(run.output.stdout)
  }
  expect(await readdir(folder)).toEqual([])
})

test.each([
  ['Ctrl-C', 130],
  ['a reader that goes away', 1],
] as const)('%s ends every process and leaves no folder', async (how, exitCode) => {
  const run = startQuickstart()
  await run.says('none ')
  const children = await childrenOf(run.pid)
  expect(children.length).toBeGreaterThan(0)
  if (how === 'Ctrl-C') run.kill('SIGINT')
  else run.closeStdout()
  expect(await run.end()).toBe(exitCode)
  await nothingIsLeftOf(children, folder)
})

test('Ctrl-C during the start leaves nothing behind', async () => {
  const run = startQuickstart()
  await waitUntil(async () => (await readdir(folder)).length > 0, { describe: 'a folder' })
  const children = await childrenOf(run.pid)
  run.kill('SIGINT')
  expect(await run.end()).toBe(130)
  await nothingIsLeftOf(children, folder)
})

test('a worker that dies ends it with the last lines of the worker', async () => {
  const run = startQuickstart()
  await run.says('none ')
  const [worker] = await childrenOf(run.pid)
  process.kill(worker?.pid ?? 0, 'SIGKILL')
  expect(await run.end()).toBe(1)
  expect(run.output.stderr).toMatch(/^winrate quickstart: the worker ended \(SIGKILL\)/m)
  await nothingIsLeftOf([], folder)
})
