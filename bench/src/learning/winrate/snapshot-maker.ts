import {
  buildSnapshot,
  cellsWith,
  earlierOutcomes,
  findComparedFrom,
  findUntimed,
  type LeftOut,
  leftOutByCell,
  makeImported,
  sumImported,
} from '@winrate/central-worker/testing'
import {
  type OutcomeMessage,
  type Policy,
  type SealedBatch,
  SNAPSHOT_FORMAT,
  type Snapshot,
} from '@winrate/shared-schema/contracts'
import { createDelivery } from '../fleet/delivery.ts'
import { SNAPSHOT_INTERVAL_MS, snapshotTime, WINDOW_HOURS } from '../fleet/rhythm.ts'
import { createArrivals } from './arrivals.ts'
import { createContexts } from './contexts.ts'
import { createDecidedStore } from './decided-store.ts'
import { decisionTimeMs } from './decision-time.ts'
import type { Published } from './learned.ts'
import { createRollupStore } from './rollup-store.ts'

/** The worker's part: accepts outcomes and builds the newest snapshot of a given time. */
export interface SnapshotMaker {
  /** Enqueues an outcome and returns the message's id. */
  enqueue(outcome: OutcomeMessage, atMs: number): number
  /** Enqueues what a batch says was decided. */
  enqueueDecided(batch: SealedBatch, atMs: number): void
  newest(nowMs: number): Snapshot
}

const EPOCH = '00000000-0000-4000-8000-000000000001'
/** Not checked, because snapshots are passed as values, not as text. */
const HASH = '0'.repeat(64)

/**
 * Aggregates with the worker's own code. Only requested snapshots are built. Of the one before, whom it left out is all that
 * matters.
 */
export function createSnapshotMaker(
  policy: Policy,
  onPublished?: (published: Published) => void,
): SnapshotMaker {
  const store = createRollupStore()
  const arrivals = createArrivals()
  const decided = createDecidedStore()
  const batches = createDelivery<{ readonly atMs: number; readonly batch: SealedBatch }>()
  const contexts = createContexts()
  const queue = createDelivery<{ readonly atMs: number; readonly outcome: OutcomeMessage }>()
  let enqueued = 0
  let counted = 0
  let leftOut: LeftOut = new Map()
  let imported: ReturnType<typeof makeImported> = new Map()
  let made: Snapshot | undefined
  let madeMs = Number.NEGATIVE_INFINITY

  function make(): Snapshot {
    const delays = arrivals.delays(madeMs)
    const comparedFrom = findComparedFrom(delays, WINDOW_HOURS)
    const untimed = findUntimed(delays)
    const missing = decided.missing(madeMs, delays)
    const findings = store.findings(madeMs, { comparedFrom, untimed, missing, leftOut })
    leftOut = leftOutByCell(findings.quarantines)
    const { similarity, dependence, bases, late } = findings
    const inUse = contexts.splits(madeMs)
    const splits = inUse.map(({ path }) => path).sort()
    const earlier = sumImported(earlierOutcomes(inUse), { nameOf: (name) => name })
    imported = makeImported(findings.cells, earlier, imported)
    const cells = cellsWith(findings.cells, imported)
    const frame = {
      epoch: EPOCH,
      version: madeMs / SNAPSHOT_INTERVAL_MS,
      createdAt: new Date(madeMs).toISOString(),
      windowDays: WINDOW_HOURS / 24,
      policy,
      queueWatermark: counted + 1,
      ...{ similarity, dependence, bases },
      ...(late.length > 0 && { late: [...late] }),
      ...(splits.length > 0 && { splits }),
    }
    const snapshot: Snapshot = {
      format: SNAPSHOT_FORMAT,
      hash: HASH,
      ...buildSnapshot(frame, cells),
    }
    onPublished?.({ snapshot, findings })
    return snapshot
  }

  return {
    enqueue(outcome, atMs) {
      enqueued += 1
      queue.send({ outcome, atMs })
      return enqueued
    },
    enqueueDecided(batch, atMs) {
      batches.send({ batch, atMs })
    },
    newest(nowMs) {
      const newestMs = snapshotTime(nowMs)
      if (made !== undefined && newestMs === madeMs) return made
      madeMs = newestMs
      queue.deliver(nowMs, ({ outcome, atMs }) => {
        const decidedMs = decisionTimeMs(outcome, atMs)
        arrivals.add(outcome, atMs)
        contexts.add(outcome, decidedMs)
        store.count(outcome, decidedMs)
        decided.count(outcome)
        counted += 1
      })
      batches.deliver(nowMs, ({ batch, atMs }) => decided.note(batch, atMs))
      made = make()
      return made
    },
  }
}
