import type pg from 'pg'
import type { Queryable } from '../../../postgres/queryable.ts'
import {
  evaluatedOutcomes,
  type JudgedQuestion,
  judgedOutcomes,
  judgedValues,
} from './judged-outcomes.ts'
import type { LoggedSums } from './logged-cells.ts'
import { type MeasuredRow, measuredColumns, splitMeasures } from './measured-row.ts'
import type { ClusterSums } from './quantity.ts'

export interface LoggedQuestion extends JudgedQuestion {
  readonly taskType: string | undefined
  /** Where a part ends and the next begins, earliest first. */
  readonly cuts: readonly Date[]
}

/** Sums up what is evaluated, by part and cell. */
export async function readLogged(
  queryable: Queryable,
  question: LoggedQuestion,
): Promise<readonly LoggedSums[]> {
  const { rows } = await queryable.query<MeasuredRow>(
    `with judged as (${judgedOutcomes}),
    evaluated as (${evaluatedOutcomes})
    select ${cellColumns}, ${measuredColumns}
    from evaluated
    group by part, task_type, model_name, provider, thinking_level`,
    values(question),
  )
  return rows.flatMap(splitMeasures)
}

const BATCH_ROWS = 2_000

/**
 * The same by cluster, one instance's outcomes of one hour, in batches: rows of one cluster follow each
 * other. Needs an open transaction; however many rows there are, one batch is in memory.
 */
export async function* readClusters(
  client: pg.PoolClient,
  question: LoggedQuestion,
): AsyncGenerator<readonly ClusterSums[]> {
  await client.query(
    `declare logged_clusters no scroll cursor for
    with judged as (${judgedOutcomes}),
    evaluated as (${evaluatedOutcomes})
    select
      (extract(epoch from date_trunc('hour', occurred_at, 'UTC'))::bigint || ' ' || instance_id)
        collate "C" as cluster,
      ${cellColumns}, ${measuredColumns}
    from evaluated
    group by cluster, part, task_type, model_name, provider, thinking_level
    order by cluster`,
    values(question),
  )
  for (;;) {
    const { rows } = await client.query<MeasuredRow & { readonly cluster: string }>(
      `fetch ${BATCH_ROWS} from logged_clusters`,
    )
    if (rows.length === 0) break
    yield rows.flatMap((row) =>
      splitMeasures(row).map((sums) => ({ ...sums, cluster: row.cluster })),
    )
  }
  await client.query('close logged_clusters')
}

const cellColumns = `
  width_bucket(occurred_at, $5::timestamptz[]) as part,
  task_type as "taskType",
  model_name as "modelName",
  provider,
  thinking_level as "thinkingLevel"`

function values({ taskType, cuts, ...judged }: LoggedQuestion): unknown[] {
  const times = cuts.map((cut) => cut.toISOString())
  return [...judgedValues(judged), taskType ?? null, times]
}
