// What operators read over HTTP. Pages ask every few seconds, so what is costly is read once for all who ask meanwhile.
import type { ExplainRequest } from '@winrate/shared-schema/http'
import type pg from 'pg'
import { readObserved } from '../analysis/observed/read-observed.ts'
import { readPatterns } from '../analysis/patterns/find-patterns.ts'
import type { Config } from '../config/config.ts'
import { type EventsQuery, readEvents } from '../events/read-events.ts'
import { describeDays, readComparison } from '../experiment/read-comparison.ts'
import { examineAll } from '../observability/examine-all.ts'
import { explain } from '../reading/explain.ts'
import { readDeadLetters } from '../reading/read-dead-letters.ts'
import { readInstances } from '../reading/read-instances.ts'
import { readMetricsSeries, type SeriesQuery } from '../reading/read-metrics-series.ts'
import { type PipelineQuery, readPipelineSeries } from '../reading/read-pipeline-series.ts'
import { readQuarantines } from '../reading/read-quarantines.ts'
import { readSnapshots, type SnapshotsQuery } from '../reading/read-snapshots.ts'
import { readStatus, readWindowFacts } from '../reading/read-status.ts'
import {
  createMetricsReader,
  type HistoryQuery,
  readMetricsHistory,
} from '../reading/read-task-metrics.ts'
import { createStandingsReader } from '../reading/standings.ts'
import { createSharedRead } from '../runtime/shared-read.ts'

const STATUS_KEPT_MS = 2_000
const COMPARISON_KEPT_MS = 10_000

export function createReaders(pool: pg.Pool, config: Config) {
  const readMetrics = createMetricsReader(pool, config, { keptMs: config.aggregationIntervalMs })
  // Both read all rollups of the window.
  const keptMs = Math.min(30_000, config.aggregationIntervalMs / 2)
  const checks = createSharedRead(() => examineAll(pool, config), { keptMs })
  const ofWindow = createSharedRead(
    () => readWindowFacts(pool, config.windowDays, () => readMetrics({})),
    { keptMs },
  )
  const describe = createSharedRead(() => describeDays(pool, config))
  const standings = createStandingsReader(pool, { windowDays: config.windowDays })
  return {
    readMetrics,
    readMetricsHistory: (query: HistoryQuery) => readMetricsHistory(pool, query, config),
    readMetricsSeries: (query: SeriesQuery) => readMetricsSeries(pool, query, config),
    readInstances: createSharedRead(() => readInstances(pool, config.windowDays), { keptMs: 0 }),
    readPatterns: createSharedRead(() => readPatterns(pool, config)),
    readComparison: createSharedRead(() => readComparison(pool, config, describe), {
      keptMs: COMPARISON_KEPT_MS,
    }),
    readObserved: createSharedRead(() => readObserved(pool, config)),
    readQuarantines: createSharedRead(() => readQuarantines(pool), { keptMs: 0 }),
    readStatus: createSharedRead(() => readStatus(pool, config, { checks, ofWindow }), {
      keptMs: STATUS_KEPT_MS,
    }),
    readEvents: (query: EventsQuery) => readEvents(pool, query),
    readSnapshots: (query: SnapshotsQuery) => readSnapshots(pool, query),
    readPipelineSeries: (query: PipelineQuery) => readPipelineSeries(pool, query),
    explain: (request: ExplainRequest) => explain(pool, request),
    readStandings: standings.read,
    prepareStandings: standings.prepare,
    readDeadLetters: (query: { readonly limit: number }) => readDeadLetters(pool, query),
  }
}
