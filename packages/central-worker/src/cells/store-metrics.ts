import { type CellName, cellKey } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../postgres/queryable.ts'
import { readTableStamp } from '../postgres/table-stamp.ts'
import type { CellMetrics } from './cell-metrics.ts'

/** The content of task_metrics while its stamp is this one. */
export interface StoredMetrics {
  readonly cells: readonly CellMetrics[]
  readonly stamp: string
  /** Cells whose row has changed. */
  readonly changed: number
}

/**
 * Makes task_metrics hold exactly `metrics`, and adds what changed to the history. If no other writer has
 * touched the table since `known`, sends only the cells that are new objects.
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

/** The columns of a cell's name, each with its field and type. */
const nameColumns = {
  task_type: ['taskType', 'text'],
  model_name: ['modelName', 'text'],
  provider: ['provider', 'text'],
  thinking_level: ['thinkingLevel', 'text'],
} as const satisfies Columns<CellName>

/** The other columns of task_metrics and of its history. */
const metricColumns = {
  samples: ['samples', 'bigint'],
  successes: ['successes', 'bigint'],
  win_rate: ['winRate', 'float8'],
  confidence: ['confidence', 'float8'],
  avg_quality: ['avgQuality', 'float8'],
  avg_response_time_ms: ['avgResponseTimeMs', 'float8'],
  avg_cost_usd: ['avgCostUsd', 'float8'],
  transport_failures: ['transportFailures', 'bigint'],
  instances: ['instances', 'integer'],
  evidence: ['evidence', 'float8'],
  reward: ['reward', 'float8'],
  faded_evidence: ['fadedEvidence', 'float8'],
  faded_reward: ['fadedReward', 'float8'],
  changed_at: ['changedAt', 'timestamptz'],
  quarantined_samples: ['quarantinedSamples', 'bigint'],
} as const satisfies Columns<Omit<CellMetrics, keyof CellName>>

type Columns<Row> = Record<string, readonly [field: keyof Row, type: string]>

const name = Object.keys(nameColumns).join(', ')
const columns = [...Object.keys(nameColumns), ...Object.keys(metricColumns)].join(', ')
const fields = fieldsOf({ ...nameColumns, ...metricColumns })

/** `"taskType", "modelName", …` */
function fieldsOf(of: Record<string, readonly [string, string]>): string {
  return Object.values(of)
    .map(([field]) => `"${field}"`)
    .join(', ')
}

/** `"taskType" text, "modelName" text, …` */
function typedFieldsOf(of: Record<string, readonly [string, string]>): string {
  return Object.values(of)
    .map(([field, type]) => `"${field}" ${type}`)
    .join(', ')
}

/** `prefix.samples, prefix.successes, …` */
function metricsOf(prefix: 'known' | 'excluded'): string {
  return Object.keys(metricColumns)
    .map((column) => `${prefix}.${column}`)
    .join(', ')
}

const storeStatement = `
  with incoming as materialized (
    select *
    from jsonb_to_recordset($1::jsonb) as cell (
      ${typedFieldsOf({ ...nameColumns, ...metricColumns })}
    )
  ),
  vanished_metrics as (
    delete from winrate.task_metrics as known
    using jsonb_to_recordset($2::jsonb) as cell (${typedFieldsOf(nameColumns)})
    where (known.task_type, known.model_name, known.provider, known.thinking_level)
      = (cell."taskType", cell."modelName", cell.provider, cell."thinkingLevel")
  ),
  changed_metrics as (
    insert into winrate.task_metrics as known (${columns}, updated_at)
    select ${fields}, now()
    from incoming
    on conflict (${name}) do update set
      (${Object.keys(metricColumns).join(', ')}, updated_at) = (${metricsOf('excluded')}, now())
    where (${metricsOf('known')}) is distinct from (${metricsOf('excluded')})
    returning *
  ),
  recorded_history as (
    insert into winrate.task_metrics_history (recorded_at, ${columns})
    select updated_at, ${columns}
    from changed_metrics
    on conflict do nothing
  )
  select count(*)::int as changed from changed_metrics`

async function store(
  queryable: Queryable,
  metrics: readonly CellMetrics[],
  vanished: readonly CellName[],
): Promise<number> {
  const { rows } = await queryable.query<{ changed: number }>({
    name: 'store-metrics',
    text: storeStatement,
    values: [JSON.stringify(metrics), JSON.stringify(vanished)],
  })
  return rows[0]?.changed ?? 0
}
