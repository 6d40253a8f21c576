import type { Queryable } from './queryable.ts'

/**
 * A text that is another one after anybody has written a row of the table. Cheap: of the rows only
 * their places and their writers are looked at.
 */
export async function readTableStamp(
  queryable: Queryable,
  table: 'task_metrics' | 'instance_quarantines',
): Promise<string> {
  const { rows } = await queryable.query<{ stamp: string }>({
    name: `read-stamp-${table}`,
    text: `
      select count(*) || '/' || coalesce(sum(hashtidextended(ctid, xmin::text::bigint)), 0) as stamp
      from winrate.${table}`,
  })
  return rows[0]?.stamp ?? ''
}
