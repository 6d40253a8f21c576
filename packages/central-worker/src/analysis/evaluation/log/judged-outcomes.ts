// Which stored outcomes an evaluation counts, as SQL that the other files of this folder build on. Outcomes that
// count are learned from; those of them that were drawn are evaluated too.
import { type CellName, type ModelName, modelKey } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../../../postgres/queryable.ts'

/** Why an outcome is not evaluated, or not learned from either. */
export const leftOutReasons = {
  corrected: 'replaced by a correction',
  'transport-failure': 'failures of transport or configuration, and cancelled calls',
  quarantined: 'of quarantined instances',
  'no-propensity': 'without a propensity: decided elsewhere, or a fallback that was taken',
  'no-draw': 'of decisions without a draw: one candidate, high risk or no exploration',
  unlearned: 'from before anything was learned of their task type',
} as const

export type LeftOutReason = keyof typeof leftOutReasons

/** A quarantined cell of an instance, under a name that its outcomes bear. */
export interface QuarantinedCell extends CellName {
  readonly instanceId: string
}

/** How to judge outcomes. */
export interface Judging {
  /** Outcomes from then on. */
  readonly from: Date
  /** Share of the reward that a reported quality decides. */
  readonly qualityWeight: number
  readonly quarantined: readonly QuarantinedCell[]
}

/** The values of `judgedOutcomes`, which come before all others of a statement. */
export function judgedValues({ from, qualityWeight, quarantined }: Judging): unknown[] {
  return [from.toISOString(), qualityWeight, JSON.stringify(quarantined)]
}

/** Beyond it no number means anything, and Postgres refuses products that are too small or large for a double. */
const TINY = "double precision '1e-30'"

/**
 * Outcomes since $1, with `left_out` null for those that are evaluated. $2 is the share of the reward that a
 * reported quality decides, $3 the quarantined cells as JSON. `counts` says what is learned from, whether or
 * not it can be evaluated.
 */
export const judgedOutcomes = `
  select
    case
      when not counts then
        case
          when not counted then 'corrected'
          when not is_sample then 'transport-failure'
          else 'quarantined'
        end
      when propensity is null then 'no-propensity'
      -- There was nothing to choose from, or nothing tells what else could have been chosen.
      when propensity >= 1 then 'no-draw'
    end as left_out,
    *
  from (
    select
      counted
        and winrate.is_sample(failure, failure_kind)
        and instance_id not in (
          select instance_id from winrate.instance_verdicts where verdict = 'quarantined'
        )
        and (instance_id, task_type, model_name, provider, coalesce(thinking_level, '')) not in (
          select "instanceId", "taskType", "modelName", provider, "thinkingLevel"
          from jsonb_to_recordset($3::jsonb) as quarantined (
            "instanceId" text, "taskType" text, "modelName" text, provider text, "thinkingLevel" text
          )
        ) as counts,
      counted, winrate.is_sample(failure, failure_kind) as is_sample, occurred_at, instance_id, task_type, model_name, provider,
      coalesce(thinking_level, '') as thinking_level,
      case when propensity < ${TINY} then ${TINY} else propensity end as propensity,
      case when cost_usd < ${TINY} then 0 else cost_usd end as cost_usd,
      success::integer::double precision as success,
      case
        when response_quality is null then success::integer::double precision
        when response_quality < ${TINY} then (1 - $2::double precision) * success::integer
        else (1 - $2::double precision) * success::integer + $2::double precision * response_quality
      end as reward
    from winrate.task_preferences
    where occurred_at >= $1
      -- No outcome is stored before it occurred, and the index of this column tells which pages are too
      -- old. Ids tell less: an id may be older than its outcome by as much as the retention.
      and inserted_at >= $1
  ) as outcome`

/** Counts the outcomes of a period and cuts the evaluated ones into parts of about the same size. */
export async function readOutline(
  queryable: Queryable,
  judging: Judging,
  { taskType, parts }: { readonly taskType: string | undefined; readonly parts: number },
) {
  const shares = Array.from({ length: parts - 1 }, (_, at) => (at + 1) / parts)
  const { rows } = await queryable.query<{
    leftOut: LeftOutReason | null
    count: number
    cuts: Date[] | null
  }>(
    `with judged as (${judgedOutcomes})
    select
      left_out as "leftOut",
      count(*)::double precision as count,
      percentile_disc($5::double precision[]) within group (order by occurred_at)
        filter (where left_out is null) as cuts
    from judged
    where $4::text is null or task_type = $4
    group by left_out`,
    [...judgedValues(judging), taskType ?? null, shares],
  )
  const leftOut: Partial<Record<LeftOutReason, number>> = {}
  for (const { leftOut: reason, count } of rows) if (reason !== null) leftOut[reason] = count
  return {
    leftOut,
    /** Where a part ends and the next begins, earliest first. */
    cuts: rows.find(({ leftOut: reason }) => reason === null)?.cuts ?? [],
  }
}

/**
 * The cells that the last tick left out. Quarantines name models as the metrics do, while outcomes may bear
 * other names of the same model: each cell is listed under all names that its instances used.
 */
export async function readQuarantined(
  queryable: Queryable,
  nameOf: (given: ModelName) => ModelName,
): Promise<readonly QuarantinedCell[]> {
  const { rows: cells } = await queryable.query<QuarantinedCell>(`
    select instance_id as "instanceId", task_type as "taskType", model_name as "modelName", provider,
      thinking_level as "thinkingLevel"
    from winrate.instance_quarantines`)
  if (cells.length === 0) return []
  const { rows: given } = await queryable.query<ModelName>(`
    select distinct model_name as "modelName", provider
    from winrate.outcome_rollups
    where instance_id in (select instance_id from winrate.instance_quarantines)`)
  const givenNames = new Map<string, ModelName[]>()
  for (const name of given) {
    const key = modelKey(nameOf(name))
    givenNames.set(key, [...(givenNames.get(key) ?? []), name])
  }
  return cells.flatMap((cell) =>
    (givenNames.get(modelKey(cell)) ?? []).map((name) => ({ ...cell, ...name })),
  )
}
