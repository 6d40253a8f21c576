import type { QuarantinedOutcomes } from './read-quarantined.ts'

/** Why an outcome is not evaluated, or not learned from either. */
export const leftOutReasons = {
  corrected: 'a correction took their place',
  'transport-failure': 'transport failures',
  quarantined: 'of quarantined instances',
  'no-propensity': 'without a propensity: decided elsewhere, or a fallback that was taken',
  'no-draw': 'of decisions without a draw: one candidate, high risk or no exploration',
  unlearned: 'from before anything was learned of their task type',
} as const

export type LeftOutReason = keyof typeof leftOutReasons

export interface JudgedQuestion {
  /** Outcomes from then on. */
  readonly from: Date
  /** Share of the reward that a reported quality decides. */
  readonly qualityWeight: number
  readonly quarantined: readonly QuarantinedOutcomes[]
}

/** The values of `judgedOutcomes`, which come before all others of a statement. */
export function judgedValues({ from, qualityWeight, quarantined }: JudgedQuestion): unknown[] {
  return [from.toISOString(), qualityWeight, JSON.stringify(quarantined)]
}

/**
 * Outcomes since $1, with `left_out` null for those that are evaluated; $2 is the share of the reward
 * that a reported quality decides, $3 the cells of instances that a quarantine leaves out, as JSON under
 * the names that outcomes bear. What counts is learned from whether or not it can be evaluated: `counts`.
 */
export const judgedOutcomes = `
  select
    case
      when not counts then
        case
          when not counted then 'corrected'
          when failure = 'transport' then 'transport-failure'
          else 'quarantined'
        end
      when propensity is null then 'no-propensity'
      -- Whichever policy: there was nothing to choose, or nothing tells what else could have been.
      when propensity >= 1 then 'no-draw'
    end as left_out,
    *
  from (
    select
      counted
        and failure is distinct from 'transport'
        and instance_id not in (
          select instance_id from winrate.instance_verdicts where verdict = 'quarantined'
        )
        and (instance_id, task_type, model_name, provider, coalesce(thinking_level, '')) not in (
          select "instanceId", "taskType", "modelName", provider, "thinkingLevel"
          from jsonb_to_recordset($3::jsonb) as quarantined (
            "instanceId" text, "taskType" text, "modelName" text, provider text, "thinkingLevel" text
          )
        ) as counts,
      counted, failure, occurred_at, instance_id, task_type, model_name, provider,
      coalesce(thinking_level, '') as thinking_level, propensity, cost_usd,
      success::integer::double precision as success,
      case
        when response_quality is null then success::integer::double precision
        else (1 - $2::double precision) * success::integer + $2::double precision * response_quality
      end as reward
    from winrate.task_preferences
    where occurred_at >= $1
      -- No outcome is stored before it occurred, and the index of this column tells which pages are too
      -- old. Ids tell less: an id may be older than its outcome by as much as the retention.
      and inserted_at >= $1
  ) as outcome`

/** The evaluated outcomes of `judged`, of task type $4 where it is not null, with u = 1 / propensity. */
export const evaluatedOutcomes = `
  select
    occurred_at, instance_id, task_type, model_name, provider, thinking_level,
    1 / propensity as u, success, reward, cost_usd
  from judged
  where left_out is null and ($4::text is null or task_type = $4)`
