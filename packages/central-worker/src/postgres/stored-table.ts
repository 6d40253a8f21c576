// A table that a tick makes hold exactly its rows. Guarantee: it sends only the rows that are new objects, and
// those that are gone, unless another writer has touched the table since.
import type { Queryable } from './queryable.ts'

/** The content of a table while its stamp is this one. */
export interface StoredTable<Row> {
  readonly rows: readonly Row[]
  readonly stamp: string
}

/** Resolves with what `store` returned; it is not called where nothing has changed. */
export async function storeTable<Name extends object, Row extends Name, Stored>(
  queryable: Queryable,
  rows: readonly Row[],
  options: {
    readonly table: 'task_metrics' | 'instance_quarantines'
    readonly nameColumns: readonly string[]
    readonly keyOf: (row: Name) => string
    readonly known: StoredTable<Row> | undefined
    readonly store: (
      queryable: Queryable,
      sent: readonly Row[],
      gone: readonly Name[],
    ) => Promise<Stored>
  },
): Promise<StoredTable<Row> & { readonly stored: Stored | undefined }> {
  const { table, nameColumns, keyOf, known, store } = options
  const stamp = await readTableStamp(queryable, table)
  const before = known?.stamp === stamp ? known.rows : undefined
  const same = new Set(before)
  const sent = rows.filter((row) => !same.has(row))
  const present = new Set(rows.map(keyOf))
  const names = before ?? (await readNames<Name>(queryable, table, nameColumns))
  const gone = names.filter((name) => !present.has(keyOf(name)))
  if (sent.length + gone.length === 0) return { rows, stamp, stored: undefined }
  const stored = await store(queryable, sent, gone)
  return { rows, stamp: await readTableStamp(queryable, table), stored }
}

async function readNames<Name extends object>(
  queryable: Queryable,
  table: string,
  columns: readonly string[],
): Promise<readonly Name[]> {
  const { rows } = await queryable.query<Name>(`select ${columns.join(', ')} from winrate.${table}`)
  return rows
}

/**
 * A text that changes with every write to the table. Cheap: it reads only where the rows lie and which
 * transactions wrote them.
 */
async function readTableStamp(queryable: Queryable, table: string): Promise<string> {
  const { rows } = await queryable.query<{ stamp: string }>({
    name: `read-stamp-${table}`,
    text: `
      select count(*) || '/' || coalesce(sum(hashtidextended(ctid, xmin::text::bigint)), 0) as stamp
      from winrate.${table}`,
  })
  return rows[0]?.stamp ?? ''
}
