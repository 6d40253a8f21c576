// The clock of aggregation. Says when a tick is due, and runs it, so that each interval has one tick across all
// replicas. Guarantees: ticks go on whatever happens to the shared schedule. A replica whose clock is wrong, or
// that cannot use the schedule, leaves it alone and ticks only when the database says that ticks are overdue.
// `stop` does not wait for a backend that does not answer.
import { backoffMs, createLoop, type Service } from '../runtime/service.ts'
import { describeClockDifference, measureClockDifference } from './clock-difference.ts'
import { createTroubleReport } from './report-trouble.ts'
import { openTickSchedule, type TickSchedule, type TickScheduleOptions } from './tick-schedule.ts'

export interface TickSchedulerOptions extends TickScheduleOptions {
  readonly onTick: () => Promise<unknown>
  /** Reads the database's clock. */
  readonly readDatabaseMs: () => Promise<number>
  /** Whether the last tick of any replica is so long ago that the schedule must have failed. */
  readonly isOverdue: () => Promise<boolean>
}

export interface TickScheduler extends Service {
  /** Why this replica does not take part in the schedule; undefined while it does. */
  trouble(): string | undefined
}

/** The longest time between two looks at the clocks and the schedule. */
const LONGEST_WAIT_MS = 5_000
/** The pause after a tick, and while another replica takes the one that is due. */
const SHORTEST_WAIT_MS = 1_000
const LONGEST_BACKOFF_MS = 30_000
const STOP_TIMEOUT_MS = 5_000

export function createTickScheduler(options: TickSchedulerOptions): TickScheduler {
  const { intervalMs, redisUrl, logger } = options
  const backend = redisUrl === undefined ? 'postgres' : 'redis'
  const report = createTroubleReport({ logger, backend })
  const shortestWaitMs = Math.min(SHORTEST_WAIT_MS, intervalMs / 4)
  let stopping = new AbortController()
  let schedule: TickSchedule | undefined
  let tickedAtMs = Number.NEGATIVE_INFINITY

  async function tick(): Promise<void> {
    tickedAtMs = performance.now()
    try {
      await options.onTick()
    } catch (error) {
      logger.error({ err: error }, 'aggregation-failed')
    }
  }

  /** The last resort, whatever became of the schedule: once per interval, because the tick may fail again. */
  async function tickIfOverdue(signal: AbortSignal): Promise<void> {
    if (performance.now() - tickedAtMs < intervalMs) return
    // A database that does not answer cannot run a tick either.
    const isOverdue = await options.isOverdue().catch(() => false)
    if (isOverdue && !signal.aborted) await tick()
  }

  /** Takes part in the schedule once; returns how long to wait before the next time. */
  async function followSchedule(signal: AbortSignal): Promise<number> {
    const difference = await measureClockDifference(options.readDatabaseMs)
    // BullMQ schedules by the clocks of its clients, so one that is wrong would move the ticks of all.
    if (difference.isTooLarge) throw new Error(describeClockDifference(difference))
    signal.throwIfAborted()
    schedule ??= await openTickSchedule(options, signal)
    signal.throwIfAborted()
    const { nextMs, registered } = await schedule.ensure()
    if (registered) logger.info({ intervalMs, backend }, 'ticks-scheduled')
    const isDue = await schedule.take()
    report.end()
    if (isDue) await tick()
    else await tickIfOverdue(signal)
    const leftMs = nextMs - Date.now()
    return isDue || leftMs <= 0 ? shortestWaitMs : Math.min(leftMs, LONGEST_WAIT_MS)
  }

  /** Closes what may be broken, so that the next turn opens it anew, and ticks if no replica does. */
  async function doWithout(error: unknown, signal: AbortSignal): Promise<void> {
    const broken = schedule
    schedule = undefined
    await broken?.close()
    if (signal.aborted) return
    report.begin(describe(error))
    await tickIfOverdue(signal)
  }

  const loop = createLoop({
    async runOnce() {
      const { signal } = stopping
      try {
        return await followSchedule(signal)
      } catch (error) {
        await doWithout(error, signal)
        throw error
      }
    },
    waitMs: (ms) => ms,
    onError: (_error, failures) =>
      backoffMs(failures, 500, Math.max(1_000, Math.min(intervalMs, LONGEST_BACKOFF_MS))),
    onCrash: () => {},
  })

  return {
    trouble: report.cause,
    async start() {
      stopping = new AbortController()
      await loop.start()
    },
    async stop() {
      const stopped = loop.stop()
      // The loop may wait for an answer that never comes.
      await Promise.race([stopped, deadline(STOP_TIMEOUT_MS)])
      stopping.abort()
      await schedule?.close()
      schedule = undefined
      await Promise.race([stopped, deadline(STOP_TIMEOUT_MS)])
    },
  }
}

/** Connecting to a host with several addresses fails with an AggregateError, whose own message is empty. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join('; ')
  return error instanceof Error ? error.message || error.name : String(error)
}

function deadline(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}
