import { type CellName, cellKey } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../postgres/queryable.ts'
import { type StoredTable, storeTable } from '../postgres/stored-table.ts'
import type { CellMetrics } from './cell-metrics.ts'

/**
 * Makes task_metrics hold exactly `metrics`, and adds what changed to the history. `changed` counts the cells
 * whose row has changed.
 */
export async function storeMetrics(
  queryable: Queryable,
  metrics: readonly CellMetrics[],
  known?: StoredTable<CellMetrics>,
): Promise<StoredTable<CellMetrics> & { readonly changed: number }> {
  const { stored, ...table } = await storeTable(queryable, metrics, {
    table: 'task_metrics',
    nameColumns: names.map(({ column, field }) => `${column} as ${field}`),
    keyOf: (cell: CellName) => cellKey(cell),
    known,
    store,
  })
  return { ...table, changed: stored.reduce((sum, changed) => sum + changed, 0) }
}

/** The columns of task_metrics and of its history, by field; the name of the cell first. */
const columnTypes = {
  taskType: 'task_type text',
  modelName: 'model_name text',
  provider: 'provider text',
  thinkingLevel: 'thinking_level text',
  samples: 'samples bigint',
  successes: 'successes bigint',
  winRate: 'win_rate float8',
  confidence: 'confidence float8',
  avgQuality: 'avg_quality float8',
  avgResponseTimeMs: 'avg_response_time_ms float8',
  avgCostUsd: 'avg_cost_usd float8',
  transportFailures: 'transport_failures bigint',
  instances: 'instances integer',
  typicalResponseTimeMs: 'typical_response_time_ms float8',
  typicalCostUsd: 'typical_cost_usd float8',
  evidence: 'evidence float8',
  reward: 'reward float8',
  fadedEvidence: 'faded_evidence float8',
  fadedReward: 'faded_reward float8',
  undrawnEvidence: 'undrawn_evidence float8',
  undrawnReward: 'undrawn_reward float8',
  changedAt: 'changed_at timestamptz',
  quarantinedSamples: 'quarantined_samples bigint',
} satisfies Record<keyof CellMetrics, string>

const all = Object.entries(columnTypes).map(([field, columnType]) => {
  const [column = '', type = ''] = columnType.split(' ')
  return { field: `"${field}"`, column, type }
})
const names = all.slice(0, 4)
const values = all.slice(4)

const listOf = (
  columns: typeof all,
  textOf: (column: (typeof all)[number]) => string = ({ column }) => column,
) => columns.map(textOf).join(', ')
const typedFields = (columns: typeof all) =>
  listOf(columns, ({ field, type }) => `${field} ${type}`)
const valuesOf = (row: 'known' | 'excluded') => listOf(values, ({ column }) => `${row}.${column}`)

const storeStatement = `
  with incoming as materialized (
    select *
    from jsonb_to_recordset($1::jsonb) as cell (${typedFields(all)})
  ),
  vanished_metrics as (
    delete from winrate.task_metrics as known
    using jsonb_to_recordset($2::jsonb) as cell (${typedFields(names)})
    where (known.task_type, known.model_name, known.provider, known.thinking_level)
      = (cell."taskType", cell."modelName", cell.provider, cell."thinkingLevel")
  ),
  changed_metrics as (
    insert into winrate.task_metrics as known (${listOf(all)}, updated_at)
    select ${listOf(all, ({ field }) => field)}, now()
    from incoming
    on conflict (${listOf(names)}) do update set
      (${listOf(values)}, updated_at) = (${valuesOf('excluded')}, now())
    where (${valuesOf('known')}) is distinct from (${valuesOf('excluded')})
    returning *
  ),
  recorded_history as (
    insert into winrate.task_metrics_history (recorded_at, ${listOf(all)})
    select updated_at, ${listOf(all)}
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
