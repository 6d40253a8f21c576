import type { Queryable } from './queryable.ts'

/**
 * A text that changes with every write to the table. Cheap: it reads only where the rows lie and which
 * transactions wrote them.
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
