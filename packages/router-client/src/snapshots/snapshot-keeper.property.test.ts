import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  deltaBetween,
  parseSnapshotText,
  type Snapshot,
  writeDeltaText,
  writeSnapshotText,
} from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { startKeeper } from '../../test-support/snapshot-keeper.ts'
import { type SnapshotRow, snapshotTextFromTable } from '../testing/snapshot-from-table.ts'

/** Whether a model is in the table, and how it does: where rows come or go there is no delta. */
const table: fc.Arbitrary<readonly SnapshotRow[]> = fc
  .tuple(fc.boolean(), fc.array(fc.nat(5), { minLength: 6, maxLength: 6 }))
  .map(([isLarge, successes]) =>
    successes.slice(isLarge ? 0 : 1).map((count, at) => ({
      taskType: ['coding', 'chat', 'law'][at % 3] ?? '',
      model: ['codex', 'gpt-4o'][at % 2] ?? '',
      samples: 5 + count,
      successes: count,
    })),
  )

/** What was published, version 1 first. */
const histories = fc
  .array(table, { minLength: 2, maxLength: 6 })
  .map((tables) => tables.map((rows, at) => snapshotTextFromTable(rows, { version: at + 1 })))

/** What may arrive, in any order and any number. */
const arrivals = fc.array(
  fc.record({
    kind: fc.constantFrom('at once', 'whole', 'delta', 'delta', 'delta', 'damaged'),
    version: fc.nat(),
    cut: fc.nat(),
    /** Whether the next one comes only when this one is done with. */
    awaited: fc.boolean(),
  }),
  { maxLength: 20 },
)

/** Undefined where the shape has changed: then the worker sends the whole snapshot. */
function deltaOf(history: readonly string[], at: number): string | undefined {
  const [base, next] = [history[at - 1], history[at]].map((text) => parseSnapshotText(text ?? ''))
  const delta = base && next && deltaBetween(base, next)
  return delta && writeDeltaText(delta)
}

test('whatever is dropped, repeated, reordered or damaged, only what was published is ever in use', async () => {
  await fc.assert(
    fc.asyncProperty(histories, arrivals, async (history, events) => {
      const { keeper, receiver, applied } = startKeeper()
      for (const { kind, version, cut } of events) {
        const at = 1 + (version % (history.length - 1))
        const delta = deltaOf(history, at)
        const known = receiver.known()?.version
        if (kind === 'at once' || delta === undefined) receiver.offer(history[at])
        else if (kind === 'whole') await receiver.offerText(history[at] ?? '')
        else if (kind === 'delta') {
          const answer = await receiver.offerDelta(delta)
          // History begins with version 1: `at` is the base of the delta.
          if (known === at) expect(answer).toBe('accepted')
          else expect(answer).toBe(known !== undefined && known > at ? 'ignored' : 'refused')
        } else {
          expect(await receiver.offerDelta(damaged(delta, cut))).toBe('refused')
          expect(receiver.known()?.version).toBe(known)
        }
      }
      expectPublished(applied, history)
      receiver.offer(history.at(-1))
      expect(receiver.known()?.version).toBe(history.length)
      await keeper.stop()
    }),
  )
})

test('the same while others are being taken', async () => {
  await fc.assert(
    fc.asyncProperty(histories, arrivals, async (history, events) => {
      const { keeper, receiver, applied } = startKeeper()
      const answers: unknown[] = []
      for (const { kind, version, cut, awaited } of events) {
        const at = 1 + (version % (history.length - 1))
        const delta = deltaOf(history, at)
        if (kind === 'at once' || delta === undefined) receiver.offer(history[at])
        else if (kind === 'whole') answers.push(receiver.offerText(history[at] ?? ''))
        else if (kind === 'delta') answers.push(receiver.offerDelta(delta))
        else {
          const refusal = receiver.offerDelta(damaged(delta, cut))
          answers.push(refusal.then((answer) => expect(answer).toBe('refused')))
        }
        if (awaited) await answers.at(-1)
        else if (cut % 2 === 0) await nextTurn()
      }
      await Promise.all(answers)
      expectPublished(applied, history)
      expect(receiver.known()?.version).toBe(applied.at(-1)?.version)
      await receiver.offerText(history.at(-1) ?? '')
      expect(receiver.known()?.version).toBe(history.length)
      await keeper.stop()
    }),
  )
})

function damaged(text: string, cut: number): string {
  const damage = cut % text.length
  return text.slice(0, damage) + text.slice(damage + 1)
}

/** Whole, and newer than the one before. */
function expectPublished(applied: readonly Snapshot[], history: readonly string[]): void {
  for (const [at, snapshot] of applied.entries()) {
    expect(writeSnapshotText(snapshot)).toBe(history[snapshot.version - 1])
    expect(snapshot.version).toBeGreaterThan(applied[at - 1]?.version ?? 0)
  }
}
