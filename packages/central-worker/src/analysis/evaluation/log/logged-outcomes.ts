// The decisions that are evaluated, as sums that every estimator can be computed from, whatever the policy: its
// chances are constant within a cell, so they factor out of the sums. The database goes through the outcomes
// once for all measures. u stands for 1 / propensity, y for what was measured.
import type { CellName } from '@winrate/shared-schema/contracts'
import type pg from 'pg'
import type { Queryable } from '../../../postgres/queryable.ts'
import { type Judging, judgedDecisions, judgedValues } from './judged-outcomes.ts'

/** What policies are compared by. */
export const measures = ['success', 'reward', 'costUsd'] as const

export type Measure = (typeof measures)[number]

export function perMeasure<Value>(make: (measure: Measure) => Value): Record<Measure, Value> {
  return { success: make('success'), reward: make('reward'), costUsd: make('costUsd') }
}

type Moment = 'count' | 'u' | 'uu' | 'y' | 'yy' | 'uy' | 'uyy' | 'uuy' | 'uuyy'

/** Sums over the decisions of which y is known. */
export type Moments = Readonly<Record<Moment, number>>

function perMoment(make: (moment: Moment) => number): Moments {
  return {
    count: make('count'),
    u: make('u'),
    uu: make('uu'),
    y: make('y'),
    yy: make('yy'),
    uy: make('uy'),
    uyy: make('uyy'),
    uuy: make('uuy'),
    uuyy: make('uuyy'),
  }
}

export const noMoments: Moments = perMoment(() => 0)

export function addMoments(one: Moments, other: Moments): Moments {
  return perMoment((moment) => one[moment] + other[moment])
}

/** Sums over the decisions of one cell that report one measure; every decision reports success. */
export interface LoggedSums extends CellName {
  /** Place of the part of the period, 0 for the earliest. */
  readonly part: number
  readonly measure: Measure
  readonly moments: Moments
}

/** Sums of one cluster and cell. */
export interface ClusterSums extends LoggedSums {
  /** Decisions of one cluster may depend on each other, those of different ones may not. */
  readonly cluster: string
}

/** The decisions to evaluate. */
export interface EvaluatedPeriod extends Judging {
  readonly taskType: string | undefined
  /** Where a part ends and the next begins, earliest first. */
  readonly cuts: readonly Date[]
}

/** Sums up what is evaluated, by part and cell. */
export async function readLogged(
  queryable: Queryable,
  period: EvaluatedPeriod,
): Promise<readonly LoggedSums[]> {
  const { rows } = await queryable.query<MeasuredRow>(
    `${evaluatedDecisions}
    select ${cellColumns}, ${measuredColumns}
    from evaluated
    group by part, task_type, model_name, provider, thinking_level`,
    valuesOf(period),
  )
  return rows.flatMap(splitMeasures)
}

const BATCH_ROWS = 2_000

/**
 * The same by cluster, in batches: rows of one cluster follow each other. A cluster is a session, or a day of one
 * instance's decisions that belong to no session. Needs an open transaction. Holds one batch in memory, however many rows there are.
 */
export async function* readClusters(
  client: pg.PoolClient,
  period: EvaluatedPeriod,
): AsyncGenerator<readonly ClusterSums[]> {
  await client.query(
    `declare logged_clusters no scroll cursor for
    ${evaluatedDecisions}
    select
      coalesce(session, (occurred_at at time zone 'UTC')::date || ' ' || instance_id)
        collate "C" as cluster,
      ${cellColumns}, ${measuredColumns}
    from evaluated
    group by cluster, part, task_type, model_name, provider, thinking_level
    order by cluster`,
    valuesOf(period),
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

/** The evaluated decisions, of task type $4 where it is not null. */
const evaluatedDecisions = `
  with judged as (${judgedDecisions}),
  evaluated as (
    select
      occurred_at, instance_id, session, task_type, model_name, provider, thinking_level,
      1 / propensity as u, success, reward, cost_usd
    from judged
    where left_out is null and ($4::text is null or task_type = $4 or starts_with(task_type, $4 || '/'))
  )`

const cellColumns = `
  width_bucket(occurred_at, $5::timestamptz[]) as part,
  task_type as "taskType",
  model_name as "modelName",
  provider,
  thinking_level as "thinkingLevel"`

function valuesOf({ taskType, cuts, ...judging }: EvaluatedPeriod): unknown[] {
  const times = cuts.map((cut) => cut.toISOString())
  return [...judgedValues(judging), taskType ?? null, times]
}

/** Moments of all measures as columns of one row. */
type MeasuredRow = Omit<LoggedSums, 'measure' | 'moments'> & {
  readonly [column in `${Measure}_${Moment}`]: number
}

const measuredColumns = measures
  .flatMap((measure) => {
    const y = measure === 'costUsd' ? 'cost_usd' : measure
    const sums: Readonly<Record<Moment, string>> = {
      count: `count(${y})::double precision`,
      u: `sum(u) filter (where ${y} is not null)`,
      uu: `sum(u * u) filter (where ${y} is not null)`,
      y: `sum(${y})`,
      yy: `sum(${y} * ${y})`,
      uy: `sum(u * ${y})`,
      uyy: `sum(u * ${y} * ${y})`,
      uuy: `sum(u * u * ${y})`,
      uuyy: `sum(u * u * ${y} * ${y})`,
    }
    return Object.entries(sums).map(
      ([moment, sum]) => `coalesce(${sum}, 0) as "${measure}_${moment}"`,
    )
  })
  .join(', ')

/** One row for each measure that is reported. */
function splitMeasures(row: MeasuredRow): LoggedSums[] {
  const { part, taskType, modelName, provider, thinkingLevel } = row
  return measures.flatMap((measure) => {
    const moments = perMoment((moment) => row[`${measure}_${moment}`])
    if (moments.count === 0) return []
    return [{ part, taskType, modelName, provider, thinkingLevel, measure, moments }]
  })
}
