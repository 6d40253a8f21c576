// What this worker does with the queue, minute by minute, in a table: so that a page shows all replicas together, whichever it
// asks. Guarantee: it ends nothing. What could not be written is written later; what a killed process had not written is lost.
import type { IngestResult } from '../ingest/ingest-messages.ts'
import { readQueueState } from '../postgres/pgmq.ts'
import type { Queryable } from '../postgres/queryable.ts'
import { createRecorderService } from '../runtime/recorder-service.ts'
import type { Service } from '../runtime/service.ts'

export interface PipelineRecorder extends Service {
  readonly countIngested: (result: Pick<IngestResult, 'stored' | 'duplicates' | 'rejected'>) => void
  readonly observeTick: (tookMs: number) => void
  /** Adds what was counted to the present minute. */
  readonly runOnce: () => Promise<void>
}

interface RecorderOptions {
  readonly queryable: Queryable
  /** Names this worker among the others. */
  readonly worker: string
}

const INTERVAL_MS = 10_000

export function createPipelineRecorder({ queryable, worker }: RecorderOptions): PipelineRecorder {
  const nothing = { stored: 0, duplicates: 0, rejected: 0, tickMs: undefined as number | undefined }
  let counts = { ...nothing }

  async function runOnce(): Promise<void> {
    const { depth, lagSeconds } = await readQueueState(queryable)
    const { stored, duplicates, rejected, tickMs = null } = counts
    counts = { ...nothing }
    try {
      await queryable.query({
        name: 'record-pipeline',
        text: `
          insert into winrate.pipeline_minutes as known
            (minute, worker, ingested, duplicates, rejected, lag_seconds, depth, tick_ms)
          values (date_trunc('minute', now()), $1, $2, $3, $4, $5, $6, $7)
          on conflict (minute, worker) do update set
            ingested = known.ingested + excluded.ingested,
            duplicates = known.duplicates + excluded.duplicates,
            rejected = known.rejected + excluded.rejected,
            lag_seconds = greatest(known.lag_seconds, excluded.lag_seconds),
            depth = greatest(known.depth, excluded.depth),
            tick_ms = greatest(known.tick_ms, excluded.tick_ms)`,
        values: [worker, stored, duplicates, rejected, lagSeconds, depth, tickMs],
      })
    } catch (error) {
      countIngested({ stored, duplicates, rejected })
      if (tickMs !== null) observeTick(tickMs)
      throw error
    }
  }

  function countIngested(result: Pick<IngestResult, 'stored' | 'duplicates' | 'rejected'>): void {
    counts.stored += result.stored
    counts.duplicates += result.duplicates
    counts.rejected += result.rejected
  }

  function observeTick(tookMs: number): void {
    counts.tickMs = Math.max(counts.tickMs ?? 0, tookMs)
  }

  return { countIngested, observeTick, runOnce, ...createRecorderService(runOnce, INTERVAL_MS) }
}
