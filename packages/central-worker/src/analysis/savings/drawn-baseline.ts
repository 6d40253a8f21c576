// What chance gave the baseline, by day, task type and a few hours of an instance.
import type { ModelName } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../../postgres/queryable.ts'
import type { DrawnPart } from './drawn-clusters.ts'

/** All parts of one day and task type. */
export interface DrawnForBaseline {
  readonly day: string
  readonly taskType: string
  readonly parts: readonly DrawnPart[]
}

interface Row extends ModelName, DrawnPart {
  readonly day: string
  readonly taskType: string
  readonly thinkingLevel: string
}

/** Rows that are read: the newest. */
const MOST_ROWS = 200_000

/**
 * By `day taskType`. Of several candidates that are the baseline, it is the one without a thinking level, as in an experiment,
 * then the one that was drawn the most. Instances that the last tick left out take no part.
 *
 * @param called All names under which the baseline was called.
 */
export async function readDrawnForBaseline(
  queryable: Queryable,
  {
    days,
    called,
    nameOf,
  }: { days: number; called: readonly ModelName[]; nameOf: (given: ModelName) => ModelName },
): Promise<ReadonlyMap<string, DrawnForBaseline>> {
  const rows = await readRows(queryable, days, called)
  // A day that does not fit would be told by a part of its instances.
  const cut = rows.length < MOST_ROWS ? undefined : rows.at(-1)?.day
  const candidates = new Map<string, Map<string, Row[]>>()
  for (const row of rows) {
    if (row.day === cut) continue
    const work = `${row.day} ${row.taskType}`
    const ofWork = candidates.get(work) ?? new Map<string, Row[]>()
    candidates.set(work, ofWork)
    const candidate = JSON.stringify([row.thinkingLevel, nameOf(row).provider])
    ofWork.set(candidate, [...(ofWork.get(candidate) ?? []), row])
  }
  return new Map(
    [...candidates].flatMap(([work, ofWork]) => {
      const [first] = [...ofWork.values()].sort(byPreference)
      const [row] = first ?? []
      if (first === undefined || row === undefined) return []
      return [[work, { day: row.day, taskType: row.taskType, parts: first }]]
    }),
  )
}

function byPreference(one: readonly Row[], other: readonly Row[]): number {
  const hasLevel = ([row]: readonly Row[]) => (row?.thinkingLevel === '' ? 0 : 1)
  const drawn = (rows: readonly Row[]) => rows.reduce((sum, { samples }) => sum + samples, 0)
  return hasLevel(one) - hasLevel(other) || drawn(other) - drawn(one)
}

async function readRows(
  queryable: Queryable,
  days: number,
  called: readonly ModelName[],
): Promise<readonly Row[]> {
  if (called.length === 0) return []
  const names = new Map(
    called.map((name) => [JSON.stringify([name.provider, name.modelName]), name]),
  )
  const { rows } = await queryable.query<Row>({
    name: 'read-drawn-for-baseline',
    text: `
      select
        (hour at time zone 'UTC')::date::text as day, task_type as "taskType", provider, model_name as "modelName",
        thinking_level as "thinkingLevel", instance_id as "instanceId",
        floor(extract(hour from hour at time zone 'UTC') / 4)::integer as block,
        sum(drawn_samples)::float8 as samples, sum(draw_weight_sum) as weight,
        sum(draw_weight_square_sum) as "weightSquares", sum(weighted_samples) as "weightedSamples",
        sum(weighted_successes) as "weightedSuccesses", sum(weighted_cost_count) as "weightedCostCount",
        sum(weighted_cost_sum_usd) as "weightedCostUsd"
      from winrate.outcome_rollups
      where hour > date_trunc('day', now(), 'UTC') - make_interval(days => $1)
        and (provider, model_name) in (select * from unnest($2::text[], $3::text[]))
        and weighted_samples <> 0
        and task_type not like '%/@after-%'
        and instance_id not in (select instance_id from winrate.instance_quarantines)
      group by 1, task_type, provider, model_name, thinking_level, instance_id, block
      having sum(weighted_samples) > 0
      order by 1 desc, task_type, instance_id, block
      limit $4`,
    values: [
      days,
      [...names.values()].map(({ provider }) => provider),
      [...names.values()].map(({ modelName }) => modelName),
      MOST_ROWS,
    ],
  })
  return rows
}
