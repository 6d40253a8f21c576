import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'

/** The depth of the queue over time. A message is a sealed batch of several hundred outcomes. */
export interface QueueWatch {
  /** Messages in the queue at each look. */
  readonly depths: readonly number[]
  stop(): Promise<void>
}

const LOOK_EVERY_MS = 1_000

export function watchQueue(pool: pg.Pool): QueueWatch {
  const depths: number[] = []
  const stopping = new AbortController()
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      const { rows } = await pool.query<{ depth: number }>(
        'select count(*)::int as depth from pgmq.q_task_preferences',
      )
      depths.push(rows[0]?.depth ?? 0)
      await sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {})
    }
  })()
  return {
    depths,
    async stop() {
      stopping.abort()
      await watching
    },
  }
}
