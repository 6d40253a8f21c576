import { type CellName, cellKey } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../postgres/queryable.ts'
import { readTableStamp } from '../postgres/table-stamp.ts'
import type { CellMetrics } from './cell-metrics.ts'

/** What task_metrics says, as long as its stamp is this one. */
export interface StoredMetrics {
  readonly cells: readonly CellMetrics[]
  readonly stamp: string
  /** Cells that were other ones before. */
  readonly changed: number
}

/**
 * Makes task_metrics say exactly `metrics`, and adds what changed to the history. Where nobody else has
 * written the table since `known`, only cells that are other objects than then are sent.
 */
export async function storeMetrics(
  queryable: Queryable,
  metrics: readonly CellMetrics[],
  known?: Pick<StoredMetrics, 'cells' | 'stamp'>,
): Promise<StoredMetrics> {
  const stamp = await readTableStamp(queryable, 'task_metrics')
  const isKnown = known?.stamp === stamp
  const same = new Set(isKnown ? known.cells : [])
  const sent = metrics.filter((cell) => !same.has(cell))
  const present = new Set(metrics.map(cellKey))
  const before = isKnown ? known.cells : await readCells(queryable)
  const vanished = before.filter((cell) => !present.has(cellKey(cell)))
  if (sent.length + vanished.length === 0) return { cells: metrics, stamp, changed: 0 }
  const changed = await store(queryable, sent, vanished)
  return { cells: metrics, stamp: await readTableStamp(queryable, 'task_metrics'), changed }
}

async function readCells(queryable: Queryable): Promise<readonly CellName[]> {
  const { rows } = await queryable.query<CellName>(`
    select task_type as "taskType", model_name as "modelName", provider,
      thinking_level as "thinkingLevel"
    from winrate.task_metrics`)
  return rows
}

async function store(
  queryable: Queryable,
  metrics: readonly CellMetrics[],
  vanished: readonly CellName[],
): Promise<number> {
  const { rows } = await queryable.query<{ changed: number }>({
    name: 'store-metrics',
    text: `
      with incoming as materialized (
        select *
        from jsonb_to_recordset($1::jsonb) as cell (
          "taskType" text, "modelName" text, provider text, "thinkingLevel" text, samples bigint,
          successes bigint, "winRate" float8, confidence float8, "avgQuality" float8,
          "avgResponseTimeMs" float8, "avgCostUsd" float8, "transportFailures" bigint, instances integer,
          evidence float8, reward float8, "fadedEvidence" float8, "fadedReward" float8,
          "changedAt" timestamptz, "quarantinedSamples" bigint
        )
      ),
      vanished_metrics as (
        delete from winrate.task_metrics as known
        using jsonb_to_recordset($2::jsonb) as cell (
          "taskType" text, "modelName" text, provider text, "thinkingLevel" text
        )
        where (cell."taskType", cell."modelName", cell.provider, cell."thinkingLevel")
          = (known.task_type, known.model_name, known.provider, known.thinking_level)
      ),
      changed_metrics as (
        insert into winrate.task_metrics as known (
          task_type, model_name, provider, thinking_level, samples, successes, win_rate, confidence,
          avg_quality, avg_response_time_ms, avg_cost_usd, transport_failures, instances, evidence, reward,
          faded_evidence, faded_reward, changed_at, quarantined_samples, updated_at
        )
        select
          "taskType", "modelName", provider, "thinkingLevel", samples, successes, "winRate",
          confidence, "avgQuality", "avgResponseTimeMs", "avgCostUsd", "transportFailures",
          instances, evidence, reward, "fadedEvidence", "fadedReward", "changedAt",
          "quarantinedSamples", now()
        from incoming
        on conflict (task_type, model_name, provider, thinking_level) do update set
          samples = excluded.samples,
          successes = excluded.successes,
          win_rate = excluded.win_rate,
          confidence = excluded.confidence,
          avg_quality = excluded.avg_quality,
          avg_response_time_ms = excluded.avg_response_time_ms,
          avg_cost_usd = excluded.avg_cost_usd,
          transport_failures = excluded.transport_failures,
          instances = excluded.instances,
          evidence = excluded.evidence,
          reward = excluded.reward,
          faded_evidence = excluded.faded_evidence,
          faded_reward = excluded.faded_reward,
          changed_at = excluded.changed_at,
          quarantined_samples = excluded.quarantined_samples,
          updated_at = excluded.updated_at
        where (
          known.samples, known.successes, known.confidence, known.avg_quality,
          known.avg_response_time_ms, known.avg_cost_usd, known.transport_failures, known.instances,
          known.evidence, known.reward, known.faded_evidence, known.faded_reward,
          known.changed_at, known.quarantined_samples
        ) is distinct from (
          excluded.samples, excluded.successes, excluded.confidence, excluded.avg_quality,
          excluded.avg_response_time_ms, excluded.avg_cost_usd, excluded.transport_failures,
          excluded.instances, excluded.evidence, excluded.reward, excluded.faded_evidence,
          excluded.faded_reward, excluded.changed_at, excluded.quarantined_samples
        )
        returning *
      ),
      recorded_history as (
        insert into winrate.task_metrics_history (
          recorded_at, task_type, model_name, provider, thinking_level, samples, successes, win_rate,
          confidence, avg_quality, avg_response_time_ms, avg_cost_usd, transport_failures, instances,
          evidence, reward, faded_evidence, faded_reward, changed_at, quarantined_samples
        )
        select
          updated_at, task_type, model_name, provider, thinking_level, samples, successes, win_rate,
          confidence, avg_quality, avg_response_time_ms, avg_cost_usd, transport_failures, instances,
          evidence, reward, faded_evidence, faded_reward, changed_at, quarantined_samples
        from changed_metrics
        on conflict do nothing
      )
      select count(*)::int as changed from changed_metrics`,
    values: [JSON.stringify(metrics), JSON.stringify(vanished)],
  })
  return rows[0]?.changed ?? 0
}
