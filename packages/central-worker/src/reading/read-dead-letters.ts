import { outcomeMessageSchema } from '@winrate/shared-schema/contracts'
import type { DeadLettersBody } from '@winrate/shared-schema/http'
import type { Queryable } from '../postgres/queryable.ts'

type Row = Omit<DeadLettersBody['reasons'][number], 'lastAt'> & {
  readonly lastAt: Date
  readonly total: number
}

export const MOST_REASONS = 50
const VALUE_CHARS = 200
const SAMPLE_CHARS = 1_000

/** Whoever may read win rates may read samples: agents, too. So they leave out what people write, and all unknown fields. */
const written: ReadonlySet<string> = new Set(['prompt', 'feedback_text'])
const sampled = [
  ...Object.keys(outcomeMessageSchema.shape).filter((name) => !written.has(name)),
  ...['format', 'batch_id', 'session_id', 'sdk', 'sealed_at'],
]

/** The reasons of the dead letters that there are, and how many have each; the most frequent first. */
export async function readDeadLetters(
  queryable: Queryable,
  { limit }: { readonly limit: number } = { limit: MOST_REASONS },
): Promise<DeadLettersBody> {
  const { rows } = await queryable.query<Row>({
    name: 'read-dead-letters',
    text: `
      with reasons as (
        select reason, count(*)::float8 as dead_letters, max(rejected_at) as last_at,
          sum(count(*)) over ()::float8 as total
        from winrate.rejected_outcomes
        group by reason
        order by dead_letters desc, reason
        limit $1
      )
      select reason, dead_letters as "deadLetters", last_at as "lastAt", total, (
        select left(
          jsonb_object_agg(
            key, case when length(value::text) <= $3 then value else to_jsonb(left(value::text, $3)) end
          )::text,
          $4
        )
        from (
          -- By its key, whose first column is the time.
          select payload
          from winrate.rejected_outcomes as newest
          where newest.rejected_at = reasons.last_at and newest.reason = reasons.reason
          order by rejected_id desc
          limit 1
        ) as newest,
        lateral jsonb_each(case jsonb_typeof(payload) when 'object' then payload else '{}' end)
        where key = any($2)
      ) as sample
      from reasons
      order by "deadLetters" desc, reason`,
    values: [limit, sampled, VALUE_CHARS, SAMPLE_CHARS],
  })
  return {
    reasons: rows.map(({ total: _, ...row }) => ({ ...row, lastAt: row.lastAt.toISOString() })),
    total: rows[0]?.total ?? 0,
  }
}

export async function countDeadLetters(queryable: Queryable): Promise<number> {
  const { rows } = await queryable.query<{ deadLetters: number }>(
    'select count(*)::float8 as "deadLetters" from winrate.rejected_outcomes',
  )
  return rows[0]?.deadLetters ?? 0
}

/** So that a flood of bad messages makes no scrape slow. */
const MOST_COUNTED = 100_000

/**
 * How many dead letters there are of each kind of reason; of more than 100,000 the newest. Where Postgres refused a message, what it
 * said differs each time: all of these are of the kind `statement_failed`.
 */
export async function countReasons(
  queryable: Queryable,
): Promise<readonly Pick<Row, 'reason' | 'deadLetters'>[]> {
  const { rows } = await queryable.query<Pick<Row, 'reason' | 'deadLetters'>>({
    name: 'count-reasons',
    text: `
      select split_part(left(reason, 100), ' ', 1) as reason, count(*)::float8 as "deadLetters"
      from (
        select reason from winrate.rejected_outcomes order by rejected_at desc, rejected_id desc limit $1
      ) as newest
      group by 1
      order by 2 desc, 1
      limit $2`,
    values: [MOST_COUNTED, MOST_REASONS],
  })
  return rows
}
