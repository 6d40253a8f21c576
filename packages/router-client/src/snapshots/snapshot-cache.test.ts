import { link, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createRouter } from '../create-router.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { snapshotTextFromTable } from '../testing/snapshot-from-table.ts'
import { staticSource } from '../testing/static-source.ts'
import { createSnapshotCache } from './snapshot-cache.ts'

const learned = [{ taskType: 'coding', model: 'gpt-4o', samples: 400, successes: 399 }]

async function newFile(content?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-cache-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'deep', 'snapshot.json')
  if (content !== undefined) {
    await createSnapshotCache(path, () => undefined).load()
    const cache = createSnapshotCache(path, () => undefined)
    cache.store(content)
    await cache.settled()
  }
  return path
}

/** A router whose source has failed, so that only the disk can help. */
function offline(cacheFile: string, more: { logger?: Parameters<typeof createRouter>[0] } = {}) {
  const snapshots = staticSource()
  const router = createRouter({ snapshots, cacheFile, ...more.logger })
  snapshots.fail('no server')
  return { router, snapshots }
}

test('what was learned survives a restart during an outage', async () => {
  const path = await newFile()
  const first = createRouter({
    snapshots: staticSource(snapshotTextFromTable(learned, { version: 7 })),
    cacheFile: path,
  })
  await first.close()
  const { router } = offline(path)
  expect(await router.ready()).toEqual({ status: 'cached', version: 7 })
  expect(router.route('x', 'coding')).toMatchObject({ modelName: 'gpt-4o', snapshotVersion: 7 })
  expect(router.status().snapshot?.origin).toBe('disk')
})

test('the file holds the newest snapshot, and nothing else is left beside it', async () => {
  const path = await newFile()
  const source = staticSource()
  const router = createRouter({ snapshots: source, cacheFile: path })
  for (let version = 1; version <= 20; version += 1) {
    source.publish(snapshotTextFromTable([], { version }))
  }
  await router.close()
  expect(await readFile(path, 'utf8')).toBe(snapshotTextFromTable([], { version: 20 }))
  expect(await readdir(join(path, '..'))).toEqual(['snapshot.json'])
})

test('the file is replaced, never written into, so a reader has one whole snapshot', async () => {
  const path = await newFile('old')
  await link(path, `${path}.reader`)
  const cache = createSnapshotCache(path, () => undefined)
  cache.store('newer')
  await cache.settled()
  expect(await readFile(`${path}.reader`, 'utf8')).toBe('old')
  expect(await readFile(path, 'utf8')).toBe('newer')
})

test.each([
  ['empty', () => ''],
  ['cut short', (text: string) => text.slice(0, text.length / 2)],
  ['damaged', (text: string) => text.replace('399', '398')],
  ['of a later format', (text: string) => text.replace('"format":1', '"format":2')],
])('a file that is %s is a warning, and defaults serve', async (_, spoil) => {
  const path = await newFile(spoil(snapshotTextFromTable(learned)))
  const warnings: string[] = []
  const quiet = () => undefined
  const logger = { debug: quiet, info: quiet, error: quiet, warn: (m: string) => warnings.push(m) }
  const { router } = offline(path, { logger: { logger } })
  expect(await router.ready()).toEqual({ status: 'defaults', version: undefined })
  expect(warnings).toContain('snapshot-refused')
  expect(router.route('x', 'coding').modelName).toBe('codex')
})

test('a file that cannot be read or written is a warning, and nothing fails', async () => {
  const folder = join(await newFile(''), '..')
  const warnings: string[] = []
  const cache = createSnapshotCache(folder, (message) => warnings.push(message))
  expect(await cache.load()).toBeUndefined()
  cache.store('text')
  await cache.settled()
  expect(warnings).toEqual(['snapshot-cache-not-read', 'snapshot-cache-not-written'])
})

test('the disk never replaces what the source has sent', async () => {
  const path = await newFile(snapshotTextFromTable(learned, { version: 50 }))
  const snapshots = staticSource(snapshotTextFromTable([], { version: 3 }))
  const router = createRouter({ snapshots, cacheFile: path })
  expect(await router.ready()).toEqual({ status: 'fresh', version: 3 })
  expect(router.status().snapshot).toMatchObject({ version: 3, origin: 'source' })
})

test('a confirmed snapshot from disk is fresh', async () => {
  const path = await newFile(snapshotTextFromTable(learned, { version: 7 }))
  const snapshots = staticSource()
  const router = createRouter({ snapshots, cacheFile: path })
  const loaded = new Promise((resolve) => router.on('snapshot', resolve))
  await loaded
  snapshots.confirm()
  expect(await router.ready()).toEqual({ status: 'fresh', version: 7 })
})

test('a snapshot from disk is fresh once a source that had failed confirms it', async () => {
  const { router, snapshots } = offline(await newFile(snapshotTextFromTable(learned)))
  expect(await router.ready()).toEqual({ status: 'cached', version: 1 })
  snapshots.confirm()
  expect(await router.ready()).toEqual({ status: 'fresh', version: 1 })
})

test("a disk snapshot's age counts from its creation", async () => {
  const path = await newFile(snapshotTextFromTable(learned))
  const clock = manualClock(Date.UTC(2026, 0, 3))
  const router = createRouter({ snapshots: staticSource(), cacheFile: path, clock })
  const stale = await new Promise((resolve) => router.on('stale', resolve))
  expect(stale).toEqual({ ageMs: 2 * 86_400_000, version: 1 })
})

test('writing goes on when the file beside it is left over', async () => {
  const path = await newFile('old')
  await writeFile(`${path}.1.abc.tmp`, 'half')
  const cache = createSnapshotCache(path, () => undefined)
  cache.store('new')
  await cache.settled()
  expect(await cache.load()).toBe('new')
})
