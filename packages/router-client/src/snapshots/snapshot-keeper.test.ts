import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  deltaBetween,
  parseDeltaText,
  parseSnapshotText,
  writeDeltaText,
} from '@winrate/shared-schema/contracts'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { startKeeper as start } from '../../test-support/snapshot-keeper.ts'
import { createRouter } from '../create-router.ts'
import type { Router } from '../router.ts'
import { snapshotTextFromTable } from '../testing/snapshot-from-table.ts'
import { createSnapshotCache } from './snapshot-cache.ts'
import type { SnapshotKeeper, SnapshotKeeperInput } from './snapshot-keeper.ts'
import type { SnapshotReceiver, SnapshotSource } from './sources/snapshot-source.ts'

const keepers: SnapshotKeeper[] = []
afterEach(() => Promise.all(keepers.splice(0).map((keeper) => keeper.stop())))

function startKeeper(input: Partial<SnapshotKeeperInput> = {}) {
  const started = start(input)
  keepers.push(started.keeper)
  return started
}

/** So large that reading it takes several slices. */
function text(version: number, cells = 4_000): string {
  const rows = Array.from({ length: cells }, (_, at) => ({
    taskType: `task-${at % 80}`,
    model: `model-${Math.floor(at / 80)}`,
    samples: 1_000,
    successes: 900 - (at % 7) * (version % 100),
  }))
  return snapshotTextFromTable(rows, { version })
}

const [one, two, three, seven] = [1, 2, 3, 7].map((version) => text(version))

function delta(base: string | undefined, next: string | undefined): string {
  const made = deltaBetween(parseSnapshotText(base ?? ''), parseSnapshotText(next ?? ''))
  if (made === undefined) throw new Error('there is no delta')
  return writeDeltaText(made)
}

const [oneToTwo, twoToThree] = [delta(one, two), delta(two, three)]

/** Until the first of the offers so far is being read. */
async function reading(): Promise<void> {
  await nextTurn()
  await nextTurn()
}

describe('offers in slices', () => {
  test('leave the snapshot before in use until they are read and checked', async () => {
    const { receiver, versions } = startKeeper()
    receiver.offer(one)
    const answer = receiver.offerText(two ?? '')
    await reading()
    expect(receiver.known()?.version).toBe(1)
    expect(versions()).toEqual([1])
    expect(await answer).toBe('accepted')
    expect(versions()).toEqual([1, 2])
  })

  test('are taken in their order, and one that is damaged does not hold up the next', async () => {
    const { receiver, versions } = startKeeper()
    receiver.offer(one)
    const answers = [
      receiver.offerDelta(oneToTwo),
      receiver.offerDelta(twoToThree.replace('"at":[1', '"at":[2')),
      receiver.offerDelta(twoToThree),
      receiver.offerText(seven ?? ''),
      receiver.offerText(two ?? ''),
    ]
    const expected = ['accepted', 'refused', 'accepted', 'accepted', 'ignored']
    expect(await Promise.all(answers)).toEqual(expected)
    expect(versions()).toEqual([1, 2, 3, 7])
  })

  test('are read again where a newer snapshot is put to use at once meanwhile', async () => {
    const { receiver, versions } = startKeeper()
    receiver.offer(one)
    const first = receiver.offerText(two ?? '')
    const second = receiver.offerDelta(twoToThree)
    await reading()
    expect(receiver.offer(seven)).toBe('accepted')
    expect(await first).toBe('ignored')
    expect(await second).toBe('ignored')
    expect(versions()).toEqual([1, 7])
  })

  test('follow on a snapshot that is put to use at once after their reading began', async () => {
    const { receiver, versions } = startKeeper()
    receiver.offer(one)
    const answer = receiver.offerDelta(twoToThree)
    await nextTurn()
    expect(receiver.offer(two)).toBe('accepted')
    expect(await answer).toBe('accepted')
    expect(versions()).toEqual([1, 2, 3])
  })

  test('are ignored once the keeper stops, and do not count as refused', async () => {
    const { keeper, receiver, versions } = startKeeper()
    receiver.offer(one)
    const answers = [receiver.offerText(two ?? ''), receiver.offerDelta('damaged')]
    await reading()
    await keeper.stop()
    expect(await Promise.all(answers)).toEqual(['ignored', 'ignored'])
    expect(versions()).toEqual([1])
    expect(keeper.status().refused).toBe(0)
  })
})

async function newFile(content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-keeper-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'snapshot.json')
  const cache = createSnapshotCache(path, () => undefined)
  cache.store(content)
  await cache.settled()
  return path
}

test('the source comes before the disk, even when the disk was first', async () => {
  const { receiver, keeper, versions } = startKeeper({ cacheFile: await newFile(text(50)) })
  expect(receiver.offer(three)).toBe('accepted')
  await keeper.ready(60_000)
  expect(receiver.known()?.version).toBe(3)
  expect(versions()).toEqual([3])
})

test('what a delta made is in the file, even where the keeper stops at once', async () => {
  const path = await newFile('before')
  const { receiver, keeper } = startKeeper({ cacheFile: path })
  await receiver.offerText(one ?? '')
  expect(await receiver.offerDelta(oneToTwo)).toBe('accepted')
  await keeper.stop()
  expect(await readFile(path, 'utf8')).toBe(two)
})

describe('a delta that leads to other content than was published', () => {
  /** As a faulty worker would send it, with the right hash of its own. Later deltas leave the row alone. */
  function diverging(sound: string): string {
    const { format, hash, ...delta } = parseDeltaText(sound)
    return writeDeltaText({ ...delta, cells: { at: [0], samples: [1_001] } })
  }

  test('is noticed when the file is written: the file stays, and the whole snapshot is taken', async () => {
    const path = await newFile('before')
    const { receiver, keeper } = startKeeper({ cacheFile: path })
    await receiver.offerText(one ?? '')
    await receiver.offerDelta(diverging(oneToTwo))
    while (receiver.known() !== undefined) await nextTurn()
    expect(keeper.status().lastProblem).toContain('other content than was published')
    expect(keeper.status().refused).toBe(1)
    expect(await receiver.offerText(two ?? '')).toBe('accepted')
    await keeper.stop()
    expect(await readFile(path, 'utf8')).toBe(two)
  })

  test('is noticed within 60 deltas where there is no file', async () => {
    const texts = Array.from({ length: 61 }, (_, at) => text(at + 1, 80))
    const { receiver } = startKeeper()
    await receiver.offerText(texts[0] ?? '')
    for (const [at, next] of texts.slice(1).entries()) {
      expect(receiver.known()?.version).toBe(at + 1)
      const sound = delta(texts[at], next)
      expect(await receiver.offerDelta(at === 0 ? diverging(sound) : sound)).toBe('accepted')
    }
    while (receiver.known() !== undefined) await nextTurn()
    expect(await receiver.offerText(texts.at(-1) ?? '')).toBe('accepted')
  })
})

describe('a source that throws', () => {
  const failing: SnapshotSource = {
    expectsUpdates: true,
    start() {
      throw new Error('no start')
    },
    async stop() {
      throw new Error('no stop')
    },
    status() {
      throw new Error('no status')
    },
  }

  test('at its start, in its status or at its stop never makes the router throw', async () => {
    const router = createRouter({ snapshots: failing })
    expect(await router.ready()).toEqual({ status: 'defaults', version: undefined })
    expect(router.status()).toMatchObject({
      source: { kind: 'unknown', state: 'failing' },
      lastProblem: 'the snapshot source did not start: no start',
    })
    await router.close()
  })

  test('in its status has its snapshots taken, and no promise rejects', async () => {
    let receiver: SnapshotReceiver | undefined
    const router: Router = createRouter({
      snapshots: {
        ...failing,
        start(given) {
          receiver = given
        },
      },
    })
    const recovered = new Promise((resolve) => router.on('recovered', resolve))
    receiver?.fail('away')
    expect(await receiver?.offerText(one ?? '')).toBe('accepted')
    expect(await receiver?.offerDelta(oneToTwo)).toBe('accepted')
    expect(await recovered).toEqual({ part: 'snapshots' })
    expect(router.status().snapshot?.version).toBe(2)
    await router.close()
  })
})
