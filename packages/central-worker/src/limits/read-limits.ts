import type { StatusBody } from '@winrate/shared-schema/http'
import type { Queryable } from '../postgres/queryable.ts'

/** Of the last 24 hours, those that refused most first. */
const MOST_SHOWN = 20

export async function readLimitsReached(
  queryable: Queryable,
): Promise<StatusBody['limits']['reached']> {
  const { rows } = await queryable.query<Row>(
    `select token_id as "tokenId", limit_name as "limit", sum(refused)::float8 as refused,
       (array_agg(label order by hour desc))[1] as label,
       (array_agg(most::float8 order by hour desc))[1] as most, max(last_at) as "lastAt"
     from winrate.limits_reached
     where hour > now() - interval '24 hours'
     group by token_id, limit_name
     order by refused desc, token_id, limit_name
     limit $1`,
    [MOST_SHOWN],
  )
  return rows.map(({ tokenId, label, lastAt, ...row }) => ({
    ...row,
    token: tokenId === '' ? null : { id: tokenId, label },
    lastAt: lastAt.toISOString(),
  }))
}

interface Row {
  readonly tokenId: string
  readonly label: string
  readonly limit: string
  readonly most: number
  readonly refused: number
  readonly lastAt: Date
}
