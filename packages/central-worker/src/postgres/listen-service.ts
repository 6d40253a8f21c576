// Hears NOTIFY on a connection of its own. Only ever a hint: while it is away nothing is missed that
// polling would not find, so it reconnects without haste.
import { once } from 'node:events'
import pg from 'pg'
import type { Logger } from 'pino'
import { backoffMs, createLoop, type Service } from '../runtime/service.ts'
import { isDatabaseError } from './database-errors.ts'

export interface ListenServiceOptions {
  readonly connectionString: string
  readonly channel: string
  readonly onNotification: () => void
  readonly onCrash: (error: unknown) => void
  readonly logger: Logger
}

const LONGEST_BACKOFF_MS = 15_000

export function createListenService(options: ListenServiceOptions): Service {
  const { connectionString, channel, onNotification, logger } = options
  let current: pg.Client | undefined
  let stopping = false

  /** Listens until the connection ends. */
  async function runOnce(): Promise<void> {
    const client = new pg.Client({
      connectionString,
      application_name: 'winrate-listen',
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    })
    client.on('error', (error) => logger.debug({ err: error }, 'listen-connection-lost'))
    client.on('notification', onNotification)
    const ended = once(client, 'end')
    // Nobody waits for it when a step before fails on the same lost connection.
    ended.catch(() => {})
    current = client
    try {
      // An end while it connects leaves the connect without an answer.
      await Promise.race([client.connect(), ended])
      if (stopping) return
      await client.query(`listen ${client.escapeIdentifier(channel)}`)
      // What was announced while nobody listened.
      onNotification()
      if (!stopping) await ended
    } finally {
      current = undefined
      await client.end().catch(() => {})
    }
  }

  const loop = createLoop({
    runOnce,
    waitMs: () => 1_000,
    onError(error, failures) {
      if (!isDatabaseError(error)) throw error
      return backoffMs(failures, 500, LONGEST_BACKOFF_MS)
    },
    onCrash: options.onCrash,
  })

  return {
    async start() {
      stopping = false
      await loop.start()
    },
    async stop() {
      stopping = true
      const stopped = loop.stop()
      await current?.end().catch(() => {})
      await stopped
    },
  }
}
