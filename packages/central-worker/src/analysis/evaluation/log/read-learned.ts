import type { Queryable } from '../../../postgres/queryable.ts'
import { type JudgedQuestion, judgedOutcomes, judgedValues } from './judged-outcomes.ts'
import type { CellOutcomes } from './learned-results.ts'

/** Sums of a cell over one segment of time. */
export interface LearnedSegment extends CellOutcomes {
  /** Place in `borders` of the border that it begins at. */
  readonly segment: number
}

/** Sums up what could be learned from, by the segments between `borders`, which are in order. */
export async function readLearned(
  queryable: Queryable,
  { borders, ...judged }: Omit<JudgedQuestion, 'from'> & { readonly borders: readonly Date[] },
): Promise<readonly LearnedSegment[]> {
  const times = borders.map((border) => border.toISOString())
  const { rows } = await queryable.query<LearnedSegment>(
    `with judged as (${judgedOutcomes})
    select
      width_bucket(occurred_at, $4::timestamptz[]) - 1 as segment,
      task_type as "taskType",
      model_name as "modelName",
      provider,
      thinking_level as "thinkingLevel",
      count(*)::double precision as samples,
      sum(success) as successes,
      sum(reward) as "rewardSum",
      coalesce(sum(cost_usd), 0) as "costSumUsd",
      count(cost_usd)::double precision as "costCount"
    from judged
    where counts
    group by segment, task_type, model_name, provider, thinking_level`,
    [...judgedValues({ ...judged, from: borders[0] ?? new Date(0) }), times],
  )
  return rows
}
