import type { TableInUse } from '../routing/table/table-in-use.ts'
import type { Clock, Timer } from '../runtime/clock.ts'
import type { Logger } from '../runtime/logger.ts'

export interface StalenessInput {
  readonly clock: Clock
  readonly staleAfterMs: number
  readonly logger: Logger
  readonly table: Pick<TableInUse, 'widen' | 'restore'>
  readonly events: {
    emit(name: 'stale', event: { ageMs: number; version: number | undefined }): void
    emit(name: 'recovered', event: { part: 'snapshots' }): void
  }
}

export type Staleness = ReturnType<typeof createStaleness>

/**
 * Watches for how long there was no news and whether the source works; the table, the log and listeners learn of
 * it. Counts from its creation, so that a source that never delivers is noticed too. Its timer never keeps the
 * process alive.
 *
 * @param expectsUpdates When false, the snapshot never becomes stale.
 */
export function createStaleness(
  input: StalenessInput,
  expectsUpdates: boolean,
  version: () => number | undefined,
) {
  const { clock, staleAfterMs, logger, table, events } = input
  let freshAtMs = clock.now()
  let stale = false
  let failing = false
  let stopped = false
  let timer: Timer | undefined

  function watch(): void {
    timer?.cancel()
    if (stopped || !expectsUpdates) return
    // A time in the future, from a clock that is or was ahead, must not extend the deadline.
    freshAtMs = Math.min(freshAtMs, clock.now())
    const leftMs = freshAtMs + staleAfterMs - clock.now()
    if (leftMs > 0) {
      stale = false
      timer = clock.setTimer(leftMs, watch)
      return
    }
    if (stale) return
    stale = true
    const event = { ageMs: clock.now() - freshAtMs, version: version() }
    table.widen(event.ageMs)
    const problem = `no news of snapshots for ${Math.round(event.ageMs / 1000)} s`
    logger.warn('snapshot-stale', { problem, ...event })
    events.emit('stale', event)
  }

  function recover(): void {
    table.restore()
    logger.info('snapshots-recovered')
    events.emit('recovered', { part: 'snapshots' })
  }

  watch()
  return {
    /** News of this time arrived; ends the stale state if it is recent enough. */
    markFresh(atMs: number): void {
      const wasStale = stale
      freshAtMs = atMs
      watch()
      if (wasStale && !stale) recover()
    },
    markFailing(): void {
      failing = true
    },
    /** While the snapshot is stale, working again is no recovery: that comes when it is fresh. */
    markWorking(): void {
      if (!failing) return
      failing = false
      if (!stale) recover()
    },
    isStale: (): boolean => stale,
    stop(): void {
      stopped = true
      timer?.cancel()
    },
  }
}
