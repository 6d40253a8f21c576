// The clock of aggregation by itself, on a Redis: it counts ticks, and the database has no part in it.
import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { createTickScheduler } from '../../packages/central-worker/src/clock/tick-scheduler.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { waitUntil } from './wait-until.ts'

/** Runs commands as an administrator would. */
export async function command(url: string, ...words: [string, ...string[]]): Promise<unknown> {
  const redis = new Redis(url, { lazyConnect: true, enableReadyCheck: false })
  try {
    await redis.connect()
    return await redis.call(...words)
  } finally {
    redis.disconnect()
  }
}

export async function startClock(redisUrl: string) {
  const lines: { msg: string; level: string; cause?: string }[] = []
  let ticks = 0
  const clock = createTickScheduler({
    redisUrl,
    databaseUrl: 'postgres://unused.invalid/none',
    intervalMs: 300,
    readDatabaseMs: async () => Date.now(),
    isOverdue: async () => false,
    logger: createLogger('info', { write: (line: string) => lines.push(JSON.parse(line)) }),
    onTick: async () => {
      ticks += 1
    },
  })
  onTestFinished(() => clock.stop())
  await clock.start()
  return {
    stop: clock.stop,
    logged: (name: string) => lines.filter(({ msg }) => msg === name),
    ticked(count: number) {
      const wanted = ticks + count
      return waitUntil(() => ticks >= wanted, { describe: `${count} ticks` })
    },
    troubled: (cause: string) =>
      waitUntil(() => clock.trouble()?.includes(cause) === true, { describe: cause }),
  }
}
