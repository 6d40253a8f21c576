import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createLogger, createTicker } from '@winrate/central-worker'
import pg from 'pg'

export interface MeasuredTick {
  /** Time from sending a statement until its last row arrived, summed over the tick's statements. */
  readonly databaseMs: number
  readonly wallMs: number
  /** The longest time in which the event loop ran nothing else. */
  readonly stallMs: number
}

export interface MeasuredTicks {
  run(): Promise<MeasuredTick>
  close(): Promise<void>
}

/** One replica of aggregation with timed statements. */
export function createMeasuredTicks(connection: pg.PoolConfig): MeasuredTicks {
  let databaseMs = 0
  const pool = new pg.Pool({ ...connection, max: 2 })
  pool.on('connect', (client) => {
    const query = client.query.bind(client)
    // Of the many forms of query, the worker uses those that return a promise.
    client.query = (async (...statement: Parameters<typeof query>) => {
      const startedMs = performance.now()
      try {
        return await query(...statement)
      } finally {
        databaseMs += performance.now() - startedMs
      }
    }) as unknown as typeof client.query
  })
  const ticker = createTicker({
    pool,
    logger: createLogger('silent'),
    windowDays: 7,
    retentionDays: 30,
    policy: { kind: 'thompson' },
  })
  return {
    async run() {
      const loop = monitorEventLoopDelay({ resolution: 1 })
      loop.enable()
      databaseMs = 0
      const startedMs = performance.now()
      await ticker.runOnce()
      const wallMs = performance.now() - startedMs
      loop.disable()
      return { databaseMs, wallMs, stallMs: loop.max / 1e6 }
    },
    close: () => pool.end(),
  }
}
