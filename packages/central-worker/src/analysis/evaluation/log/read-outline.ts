import type { Queryable } from '../../../postgres/queryable.ts'
import {
  type JudgedQuestion,
  judgedOutcomes,
  judgedValues,
  type LeftOutReason,
} from './judged-outcomes.ts'

/** What there is to evaluate. */
export interface LogOutline {
  readonly evaluated: number
  readonly leftOut: Readonly<Partial<Record<LeftOutReason, number>>>
  /** Times that cut what is evaluated into parts with about as many outcomes each, earliest first. */
  readonly cuts: readonly Date[]
}

export interface OutlineQuestion extends JudgedQuestion {
  readonly taskType: string | undefined
  readonly parts: number
}

/** Counts the outcomes of the period and finds where to cut it. */
export async function readOutline(
  queryable: Queryable,
  { taskType, parts, ...judged }: OutlineQuestion,
): Promise<LogOutline> {
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
    [...judgedValues(judged), taskType ?? null, shares],
  )
  const evaluated = rows.find(({ leftOut }) => leftOut === null)
  return {
    evaluated: evaluated?.count ?? 0,
    leftOut: Object.fromEntries(
      rows.flatMap(({ leftOut, count }) => (leftOut === null ? [] : [[leftOut, count]])),
    ),
    cuts: evaluated?.cuts ?? [],
  }
}
