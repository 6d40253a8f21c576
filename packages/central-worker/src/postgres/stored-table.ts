// A table that a tick makes hold exactly its rows. Guarantee: it sends only the rows that are new objects, and
// those that are gone, unless another writer has touched the table since. To be called in a transaction.
import type { Queryable } from './queryable.ts'

/** The content of a table while its stamp is this one. */
export interface StoredTable<Row> {
  readonly rows: readonly Row[]
  readonly stamp: string
}

/** Rows that one statement sends or deletes: a JSON text of a few megabytes at most, whatever a tick stores. */
export const ROWS_A_PART = 2_000

/** Resolves with what each call of `store` returned; it is not called where nothing has changed. */
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
): Promise<StoredTable<Row> & { readonly stored: readonly Stored[] }> {
  const { table, nameColumns, keyOf, known, store } = options
  const stamp = await readTableStamp(queryable, table)
  const before = known?.stamp === stamp ? known.rows : undefined
  const same = new Set(before)
  const sent = rows.filter((row) => !same.has(row))
  const present = new Set(rows.map(keyOf))
  const stored: Stored[] = []
  const names = before === undefined ? readNames<Name>(queryable, table, nameColumns) : [before]
  for await (const some of names) {
    const gone = some.filter((name) => !present.has(keyOf(name)))
    for (const part of partsOf(gone)) stored.push(await store(queryable, [], part))
  }
  for (const part of partsOf(sent)) stored.push(await store(queryable, part, []))
  if (stored.length === 0) return { rows, stamp, stored }
  return { rows, stamp: await readTableStamp(queryable, table), stored }
}

function* partsOf<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  for (let at = 0; at < rows.length; at += ROWS_A_PART) yield rows.slice(at, at + ROWS_A_PART)
}

/** Through a cursor, because a table may hold any number of rows from before there was a limit. */
async function* readNames<Name extends object>(
  queryable: Queryable,
  table: string,
  columns: readonly string[],
): AsyncGenerator<readonly Name[]> {
  await queryable.query(
    `declare names no scroll cursor for select ${columns.join(', ')} from winrate.${table}`,
  )
  for (;;) {
    const { rows } = await queryable.query<Name>(`fetch ${ROWS_A_PART} from names`)
    if (rows.length === 0) break
    yield rows
  }
  await queryable.query('close names')
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
