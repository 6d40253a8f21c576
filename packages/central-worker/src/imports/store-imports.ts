import type { ImportsBody } from '@winrate/shared-schema/http'
import type pg from 'pg'
import { noteEvents } from '../events/note-events.ts'
import { inTransaction, type Queryable } from '../postgres/queryable.ts'
import { MOST_IMPORTED_CELLS } from './import-sums.ts'
import type { ReadImport } from './read-import.ts'

type Row = Omit<ImportsBody['imports'][number], 'importedAt'> & { readonly importedAt: Date }

/** All imports, the newest first. */
export async function readImports(queryable: Queryable): Promise<ImportsBody['imports']> {
  const { rows } = await queryable.query<Row>(`
    select name, imported_at as "importedAt", scores::float8 as scores, cell.cells,
      cell.task_types as "taskTypes"
    from winrate.imports
    cross join lateral (
      select count(*)::int as cells,
        coalesce((array_agg(distinct task_type))[1:20], '{}') as task_types
      from winrate.imported_cells as cell
      where cell.name = imports.name
    ) as cell
    order by imported_at desc, name`)
  return rows.map((row) => ({ ...row, importedAt: row.importedAt.toISOString() }))
}

/**
 * Stores an import under its name, or nothing where the same file was imported already. Returns the name that it has.
 *
 * @throws Error where the name is that of another import, or there are too many cells.
 */
export function storeImport(
  pool: pg.Pool,
  name: string,
  { fingerprint, sums }: ReadImport,
): Promise<{ readonly status: 'imported' | 'unchanged'; readonly name: string }> {
  return inTransaction(pool, async (client) => {
    // One after another, so that two of the same file are one.
    await client.query('lock table winrate.imports in exclusive mode')
    const { rows } = await client.query<{ name: string; isSame: boolean }>(
      `select name, fingerprint = $1 as "isSame" from winrate.imports
       where fingerprint = $1 or name = $2 order by "isSame" desc`,
      [fingerprint, name],
    )
    const [known] = rows
    if (known?.isSame === true) return { status: 'unchanged', name: known.name }
    if (known !== undefined) {
      throw new Error(
        `another import is named ${name}: remove it with --remove, or name this one with --as`,
      )
    }
    await client.query(
      'insert into winrate.imports (name, fingerprint, scores) values ($1, $2, $3)',
      [name, fingerprint, sums.scores],
    )
    await client.query(
      `insert into winrate.imported_cells
       select $1, cell.* from jsonb_to_recordset($2::jsonb) as cell (
         "taskType" text, "modelName" text, provider text, "thinkingLevel" text, samples float8,
         successes float8, "qualitySum" float8, "qualityCount" float8
       )`,
      [name, JSON.stringify(sums.cells)],
    )
    const { rows: counts } = await client.query<{ cells: number }>(
      'select count(*)::int as cells from winrate.imported_cells',
    )
    if ((counts[0]?.cells ?? 0) > MOST_IMPORTED_CELLS) {
      throw new Error(
        `all imports together have more than ${MOST_IMPORTED_CELLS} models at task types: remove one first`,
      )
    }
    const message = `The evaluation ${name} with ${sums.scores} scores now shapes priors.`
    await noteEvents(client, [{ kind: 'import', message }])
    return { status: 'imported', name }
  })
}

/** @throws Error where there is none of that name. */
export function removeImport(pool: pg.Pool, name: string): Promise<void> {
  return inTransaction(pool, async (client) => {
    const { rowCount } = await client.query('delete from winrate.imports where name = $1', [name])
    if (rowCount === 0) {
      throw new Error(
        `no import is named ${name}; npx winrate import --list shows those that are there`,
      )
    }
    const message = `The evaluation ${name} no longer shapes priors.`
    await noteEvents(client, [{ kind: 'import', message }])
  })
}
