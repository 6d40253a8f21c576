// What happens to snapshots and deltas that arrive while others are being taken in slices.
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  deltaBetween,
  parseSnapshotText,
  type Snapshot,
  type Steps,
  writeDeltaText,
} from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { silentLogger } from '../logger.ts'
import { systemClock } from '../runtime/clock.ts'
import { snapshotTextFromTable } from '../testing/snapshot-from-table.ts'
import { createSnapshotHolder } from './snapshot-holder.ts'

function text(version: number): string {
  const successes = 100 + version
  return snapshotTextFromTable([{ taskType: 'coding', model: 'a', samples: 1_000, successes }], {
    version,
  })
}

function delta(base: number): string {
  const made = deltaBetween(parseSnapshotText(text(base)), parseSnapshotText(text(base + 1)))
  if (made === undefined) throw new Error('there is no delta')
  return writeDeltaText(made)
}

/** A holder whose preparation of a snapshot lasts until it is told to end. */
function slowHolder() {
  const applied: Snapshot[] = []
  const preparing: number[] = []
  const quiet = () => undefined
  let mayEnd = false
  const holder = createSnapshotHolder({
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
    warn: quiet,
    instanceId: 'agent-1',
    *prepare({ version }): Steps<void> {
      preparing.push(version)
      while (!mayEnd) yield
    },
    apply: (snapshot) => void applied.push(snapshot),
    onApplied: quiet,
    onNews: quiet,
    onProblem: quiet,
    onRecovered: quiet,
  })
  return {
    holder,
    receiver: holder.receiver,
    versions: () => applied.map(({ version }) => version),
    preparing,
    async begin(version: number) {
      while (preparing.at(-1) !== version) await nextTurn()
    },
    end() {
      mayEnd = true
    },
    /** Offered at once, while nothing else may end. */
    putAtOnce(version: number) {
      mayEnd = true
      const answer = holder.receiver.offer(text(version))
      mayEnd = false
      return answer
    },
  }
}

test('until a snapshot is prepared the one before stays in use', async () => {
  const { receiver, versions, begin, end, putAtOnce } = slowHolder()
  putAtOnce(1)
  const answer = receiver.offerDelta(delta(1))
  await begin(2)
  expect(receiver.known()?.version).toBe(1)
  expect(versions()).toEqual([1])
  end()
  expect(await answer).toBe('accepted')
  expect(versions()).toEqual([1, 2])
})

test('offers take their turns, and one that is damaged does not hold up the next', async () => {
  const { receiver, versions, begin, end, putAtOnce, preparing } = slowHolder()
  putAtOnce(1)
  const answers = [
    receiver.offerDelta(delta(1)),
    receiver.offerDelta(delta(2).replace('103', '104')),
    receiver.offerDelta(delta(2)),
    receiver.offerText(text(9)),
    receiver.offerDelta(delta(3)),
  ]
  await begin(2)
  await nextTurn()
  expect(preparing).toEqual([1, 2])
  end()
  const expected = ['accepted', 'refused', 'accepted', 'accepted', 'ignored']
  expect(await Promise.all(answers)).toEqual(expected)
  expect(versions()).toEqual([1, 2, 3, 9])
})

test.each([
  ['which is newer', 7, 'ignored', [1, 7]],
  ['which it follows on', 2, 'accepted', [1, 2, 3]],
] as const)(
  'a snapshot is put to use at once, %s than a delta under way',
  async (_, version, expected, all) => {
    const { receiver, versions, begin, end, putAtOnce } = slowHolder()
    putAtOnce(1)
    const first = receiver.offerDelta(delta(1))
    const second = receiver.offerDelta(delta(2))
    await begin(2)
    expect(putAtOnce(version)).toBe('accepted')
    end()
    expect(await first).toBe('ignored')
    expect(await second).toBe(expected)
    expect(versions()).toEqual(all)
  },
)

test('a delta under way follows on a snapshot that is put to use at once after its reading began', async () => {
  // So large that reading it takes several slices.
  const [first, second, third] = [1, 2, 3].map((version) => {
    const rows = Array.from({ length: 4_000 }, (_, at) => ({
      taskType: `task-${at % 80}`,
      model: `model-${Math.floor(at / 80)}`,
      samples: 1_000,
      successes: 900 - (at % 7) * version,
    }))
    return parseSnapshotText(snapshotTextFromTable(rows, { version }))
  })
  const { receiver, versions, end } = slowHolder()
  end()
  receiver.offer(first)
  const made = second && third && deltaBetween(second, third)
  if (made === undefined) throw new Error('there is no delta')
  const answer = receiver.offerDelta(writeDeltaText(made))
  await nextTurn()
  await nextTurn()
  expect(receiver.offer(second)).toBe('accepted')
  expect(await answer).toBe('accepted')
  expect(versions()).toEqual([1, 2, 3])
})

test('after closing nothing under way or waiting is put to use, and nothing counts as refused', async () => {
  const { holder, receiver, versions, begin, end, putAtOnce } = slowHolder()
  putAtOnce(1)
  const answers = [receiver.offerDelta(delta(1)), receiver.offerText(text(5))]
  await begin(2)
  holder.close()
  end()
  expect(await Promise.all(answers)).toEqual(['ignored', 'ignored'])
  expect(versions()).toEqual([1])
  expect(holder.refused()).toBe(0)
})

test('the source comes before the disk, even when that was first', async () => {
  const { holder, receiver, versions, begin, end, putAtOnce } = slowHolder()
  const cached = holder.offerCached(text(50))
  await begin(50)
  putAtOnce(3)
  end()
  await cached
  expect(receiver.known()?.version).toBe(3)
  expect(versions()).toEqual([3])
})
