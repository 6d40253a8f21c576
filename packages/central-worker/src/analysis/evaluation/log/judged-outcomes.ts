// Which stored outcomes an evaluation counts, as SQL that the other files of this folder build on. Outcomes that
// count are learned from. What is evaluated are decisions, by intention to treat: a decision that failed at first and
// succeeded with a fallback or another attempt is a success, at the cost of all its calls, and belongs to what was drawn.
import { type CellName, type ModelName, modelKey } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../../../postgres/queryable.ts'

/** Why a decision is not evaluated. */
export const leftOutReasons = {
  corrected: 'replaced by a correction',
  cancelled: 'cancelled calls',
  unjudged: 'without a verdict: nobody said whether the answer was good',
  quarantined: 'of quarantined instances',
  'no-propensity': 'without a propensity: decided elsewhere, or only a fallback was reported',
  'no-draw': 'without a draw: one candidate, high risk or no exploration',
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
 * Outcomes since $1. $2 is the share of the reward that a reported quality decides, $3 the quarantined cells as
 * JSON. `counts` says what is learned from, whether or not it can be evaluated; of what `answers` besides, which nobody
 * judged, the cost is. Success and reward of that are null.
 */
export const judgedOutcomes = `
  select
    counted and is_sample and not quarantined as answers,
    counted and is_sample and not quarantined and success is not null as counts, *
  from (
    select
      counted, winrate.is_sample(failure, failure_kind) as is_sample,
      failure is not null and coalesce(failure_kind, winrate.failure_kind(failure)) = 'cancelled' as cancelled,
      instance_id in (
        select instance_id from winrate.instance_verdicts where verdict = 'quarantined'
      )
      or (instance_id, learned.task_type, model_name, provider, coalesce(thinking_level, '')) in (
        select "instanceId", "taskType", "modelName", provider, "thinkingLevel"
        from jsonb_to_recordset($3::jsonb) as quarantined (
          "instanceId" text, "taskType" text, "modelName" text, provider text, "thinkingLevel" text
        )
      ) as quarantined,
      outcome_id, coalesce(decision_id, outcome_id::text) as decision, session,
      occurred_at, instance_id, task_preferences.task_type, learned.task_type as learned_at, model_name, provider,
      coalesce(thinking_level, '') as thinking_level, learned.task_type <> task_preferences.task_type or attempt > 1 as is_later,
      case when propensity < ${TINY} then ${TINY} else propensity end as propensity,
      case when cost_usd < ${TINY} then 0 else cost_usd end as cost_usd,
      input_tokens, cache_read_tokens, output_tokens,
      verdict as success,
      case
        when response_quality is null then verdict
        when response_quality < ${TINY} then (1 - $2::double precision) * verdict
        else (1 - $2::double precision) * verdict + $2::double precision * response_quality
      end as reward
    from winrate.task_preferences
    cross join lateral (
      select case when after is null then task_type else winrate.learned_task_type(task_type, after) end as task_type
      offset 0
    ) as learned
    cross join lateral (
      select case
        when success is null and winrate.is_sample(failure, failure_kind) then null
        else coalesce(success, false)::integer::double precision
      end as verdict
    ) as judged
    where occurred_at >= $1
      -- No outcome is stored before it occurred, and the index of this column tells which pages are too
      -- old. Ids tell less: an id may be older than its outcome by as much as the retention.
      and inserted_at >= $1
  ) as outcome`

/**
 * The decisions of these outcomes, with `left_out` null for those that are evaluated. Each bears the names of its first
 * outcome that has a propensity and is no later attempt, whose propensity is that of another choice; the success and reward of its best call and the cost of all of them. A call that
 * brought no answer costs nothing unless it says so.
 */
export const judgedDecisions = `
  select
    case
      when not counted then 'corrected'
      when quarantined then 'quarantined'
      when is_cancelled then 'cancelled'
      -- What nobody judged may have been the success.
      when best_success is null or best_success < 1 and is_unjudged then 'unjudged'
      when propensity is null or is_later then 'no-propensity'
      -- There was nothing to choose from, or nothing tells what else could have been chosen.
      when propensity >= 1 then 'no-draw'
    end as left_out,
    occurred_at, instance_id, session, task_type, model_name, provider, thinking_level, propensity,
    best_success as success, best_reward as reward, case when costs_known then cost_of_all end as cost_usd
  from (
    select
      *,
      row_number() over (calls order by counted desc, is_later is true, propensity is null, occurred_at, outcome_id) as call,
      max(success) filter (where counted and not cancelled) over calls as best_success,
      max(reward) filter (where counted and not cancelled) over calls as best_reward,
      bool_and(cancelled) filter (where counted) over calls as is_cancelled,
      bool_or(success is null and not cancelled) filter (where counted) over calls as is_unjudged,
      coalesce(sum(cost_usd) filter (where counted) over calls, 0) as cost_of_all,
      bool_and(cost_usd is not null or not is_sample) filter (where counted) over calls as costs_known
    from (${judgedOutcomes}) as judged
    window calls as (partition by instance_id, decision)
  ) as called
  where call = 1`

/** Counts the decisions of a period and cuts the evaluated ones into parts of about the same size. */
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
    `with judged as (${judgedDecisions})
    select
      left_out as "leftOut",
      count(*)::double precision as count,
      percentile_disc($5::double precision[]) within group (order by occurred_at)
        filter (where left_out is null) as cuts
    from judged
    where $4::text is null or task_type = $4 or starts_with(task_type, $4 || '/')
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
