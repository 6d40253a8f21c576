import { aggregateWindow, buildSnapshot } from '@winrate/central-worker'
import {
  type OutcomeMessage,
  type Policy,
  SNAPSHOT_FORMAT,
  type Snapshot,
} from '@winrate/shared-schema/contracts'
import { createDelivery } from '../fleet/delivery.ts'
import { HOUR_MS, SNAPSHOT_INTERVAL_MS, snapshotTime, WINDOW_HOURS } from '../fleet/rhythm.ts'
import { createRollupStore } from './rollup-store.ts'

/** The worker's part: takes outcomes in, and makes the snapshot that is the newest at a time. */
export interface SnapshotMaker {
  /** Puts an outcome into the queue; answers the message's id. */
  enqueue(outcome: OutcomeMessage, atMs: number): number
  newest(nowMs: number): Snapshot
}

const EPOCH = '00000000-0000-4000-8000-000000000001'
/** Nobody checks it: snapshots are handed over as values, not as text. */
const HASH = '0'.repeat(64)

/**
 * Aggregates by the worker's own code. Only snapshots that somebody asks for are made: each is the same
 * as if all those before it had been made too: what the worker keeps from one to the next changes nothing.
 */
export function createSnapshotMaker(policy: Policy): SnapshotMaker {
  const store = createRollupStore()
  const queue = createDelivery<{ readonly atMs: number; readonly outcome: OutcomeMessage }>()
  let enqueued = 0
  let counted = 0
  let made: Snapshot | undefined
  let madeMs = Number.NEGATIVE_INFINITY

  function make(): Snapshot {
    const hour = new Date(Math.floor(madeMs / HOUR_MS) * HOUR_MS)
    const { cells, similarity } = aggregateWindow(store.rows(madeMs), { hour })
    const frame = {
      epoch: EPOCH,
      version: madeMs / SNAPSHOT_INTERVAL_MS,
      createdAt: new Date(madeMs),
      windowDays: WINDOW_HOURS / 24,
      policy,
      confidence: undefined,
      defaults: undefined,
      catalogue: undefined,
      queueWatermark: counted + 1,
      similarity,
    }
    return { format: SNAPSHOT_FORMAT, hash: HASH, ...buildSnapshot(frame, cells) }
  }

  return {
    enqueue(outcome, atMs) {
      enqueued += 1
      queue.send({ outcome, atMs })
      return enqueued
    },
    newest(nowMs) {
      const newestMs = snapshotTime(nowMs)
      if (made !== undefined && newestMs === madeMs) return made
      madeMs = newestMs
      queue.deliver(nowMs, ({ outcome, atMs }) => {
        store.count(outcome, atMs)
        counted += 1
      })
      made = make()
      return made
    },
  }
}
