import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { readStoredState, type StoredState } from './read-stored-state.ts'

export interface SettlingInput {
  readonly pool: pg.Pool
  /** Number of published outcomes. */
  readonly outcomes: number
  readonly intervalMs: number
  readonly signal: AbortSignal
}

const POLL_MS = 100
/** Long enough for a killed worker to restart and continue. */
const PATIENCE_MS = 30_000

/**
 * Waits until every outcome is stored or rejected and a snapshot contains the stored ones. Gives up and
 * returns the current state if nothing changes for half a minute and three aggregation intervals.
 */
export async function waitUntilSettled(input: SettlingInput): Promise<StoredState> {
  const { pool, outcomes, intervalMs, signal } = input
  let movedAtMs = performance.now()
  let last = await readStoredState(pool)
  while (!isSettled(last, outcomes)) {
    if (performance.now() - movedAtMs > PATIENCE_MS + 3 * intervalMs) break
    await sleep(POLL_MS, undefined, { signal })
    const state = await readStoredState(pool)
    if (hasMoved(state, last)) movedAtMs = performance.now()
    last = state
  }
  return last
}

function isSettled({ stored, rejected, queued, inSnapshot }: StoredState, outcomes: number) {
  return queued === 0 && stored + rejected >= outcomes && inSnapshot >= stored
}

function hasMoved(state: StoredState, last: StoredState): boolean {
  const { stored, rejected, queued, inSnapshot } = last
  return (
    state.stored !== stored ||
    state.rejected !== rejected ||
    state.queued !== queued ||
    state.inSnapshot !== inSnapshot
  )
}
