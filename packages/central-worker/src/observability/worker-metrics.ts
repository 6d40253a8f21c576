import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { IngestResult } from '../ingest/ingest-messages.ts'
import type { QueueState } from '../postgres/pgmq.ts'
import type { TickResult } from '../tick/ticker.ts'

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>

/** The metrics of ingest and aggregation for Prometheus; docs/operations.md lists every metric. */
export function createWorkerMetrics(readQueueState: () => Promise<QueueState>) {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const counter = (name: string, help: string) => new Counter({ name, help, registers })
  const stored = counter('winrate_outcomes_stored_total', 'Outcomes stored')
  const duplicates = counter('winrate_outcomes_duplicate_total', 'Outcomes that were there already')
  const rejected = counter('winrate_outcomes_rejected_total', 'Outcomes and messages rejected')
  const messages = counter('winrate_messages_ingested_total', 'Queue messages taken')
  const tolerated = counter('winrate_messages_tolerated_total', 'Queue messages not read as plain')
  const failed = counter('winrate_aggregations_failed_total', 'Aggregation ticks that failed')
  const seconds = new Histogram({
    name: 'winrate_aggregation_seconds',
    help: 'Duration of an aggregation tick',
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  const cells = gauge('winrate_cells', 'Cells with outcomes in the window, or fading out')
  const quarantined = gauge('winrate_quarantined_instances', 'Instances left out, or part of them')
  const changed = gauge('winrate_changed_cells', 'Cells that count from a break on')
  const version = gauge('winrate_snapshot_version', 'Version published by this replica last')
  const lag = gauge('winrate_queue_lag_seconds', 'Age of the oldest message in the queue')
  new Gauge({
    name: 'winrate_queue_depth',
    help: 'Messages in the queue',
    registers,
    async collect() {
      // While the database is unreachable the last values remain; /readyz reports it.
      const state = await readQueueState().catch(() => undefined)
      if (state === undefined) return
      this.set(state.depth)
      lag.set(state.lagSeconds ?? 0)
    },
  })
  return {
    registry,
    countIngested(result: IngestResult): void {
      stored.inc(result.stored)
      duplicates.inc(result.duplicates)
      rejected.inc(result.rejected)
      messages.inc(result.messages)
      tolerated.inc(result.tolerated)
    },
    observeAggregation(result: TickResult, took: number): void {
      seconds.observe(took)
      cells.set(result.cells)
      quarantined.set(result.quarantinedInstances)
      changed.set(result.brokenCells)
      version.set(result.version)
    },
    countFailedAggregation: () => failed.inc(),
  }
}
