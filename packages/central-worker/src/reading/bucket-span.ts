import type { Queryable } from '../postgres/queryable.ts'

export const MOST_BUCKETS = 200

export interface Span {
  readonly from: Date
  readonly bucketSeconds: number
  readonly buckets: number
}

/**
 * The last `hours` in buckets, by the database's clock. They begin at multiples of their length since 1970, so that they stay the
 * same from one request to the next.
 */
export async function findSpan(
  queryable: Queryable,
  hours: number,
  bucketSeconds: number,
): Promise<Span> {
  const { rows } = await queryable.query<{ nowSeconds: number }>(
    'select floor(extract(epoch from now()))::float8 as "nowSeconds"',
  )
  const last = Math.floor((rows[0]?.nowSeconds ?? 0) / bucketSeconds)
  const buckets = Math.min(MOST_BUCKETS, Math.ceil((hours * 3_600) / bucketSeconds))
  return { from: new Date((last - buckets + 1) * bucketSeconds * 1_000), bucketSeconds, buckets }
}
