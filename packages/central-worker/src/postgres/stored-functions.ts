// The SQL functions, triggers and rights that this code works with: the files under drizzle/, which hold
// what runs today. Guarantees: after `applyStoredFunctions` the schema `winrate` has exactly these
// functions; the files need no order among themselves, because Postgres checks a body when it first runs.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageVersion } from '../runtime/package-version.ts'
import { sqlStateOf } from './database-errors.ts'
import { hasTable, type Queryable } from './queryable.ts'
import { findSqlFolder } from './sql-folder.ts'

/** A trigger names its function, and rights name theirs: hence functions come first. */
const FOLDERS = ['functions', 'triggers', 'access'] as const
const LEDGER = 'winrate_migrations.stored_functions'
/** "Cannot change return type of existing function", and the like. */
const INVALID_FUNCTION_DEFINITION = '42P13'

/** How the database's functions stand to those of this code. */
export type FunctionsRelation = 'same' | 'older' | 'newer'

/**
 * Compares by content. Functions that differ are newer if a newer version of the worker applied them; within
 * one version, as in development, those of this code count as newer.
 */
export async function compareStoredFunctions(queryable: Queryable): Promise<FunctionsRelation> {
  if (!(await hasTable(queryable, LEDGER))) return 'older'
  const { rows } = await queryable.query<{ hash: string; version: string }>(
    `select hash, worker_version as version from ${LEDGER}`,
  )
  const applied = rows[0]
  if (applied?.hash === readStoredFunctions().hash) return 'same'
  return applied !== undefined && compareVersions(applied.version, packageVersion) > 0
    ? 'newer'
    : 'older'
}

/**
 * Makes the database's functions, triggers and rights those of this code, in one transaction. Calls that
 * are under way finish with the functions that they began with; neither waits for the other.
 */
export async function applyStoredFunctions(queryable: Queryable): Promise<void> {
  const { files, hash } = readStoredFunctions()
  await queryable.query('begin')
  try {
    await queryable.query('set local check_function_bodies = off')
    const before = await readFunctions(queryable)
    for (const file of files.functions) await createFunction(queryable, file)
    const after = await readFunctions(queryable)
    const isUntouched = (name: string) => after.get(name) === before.get(name)
    await dropFunctions(queryable, [...after.keys()].filter(isUntouched))
    for (const { text } of [...files.triggers, ...files.access]) await queryable.query(text)
    await queryable.query(`
      create table if not exists ${LEDGER} (
        singleton boolean primary key check (singleton),
        hash text not null, worker_version text not null, applied_at timestamptz not null
      )`)
    await queryable.query(
      `insert into ${LEDGER} values (true, $1, $2, now())
       on conflict (singleton) do update
       set hash = excluded.hash, worker_version = excluded.worker_version, applied_at = now()`,
      [hash, packageVersion],
    )
    await queryable.query('commit')
  } catch (error) {
    await queryable.query('rollback').catch(() => {})
    throw error
  }
}

let known: ReturnType<typeof readFiles> | undefined

function readStoredFunctions() {
  known ??= readFiles()
  return known
}

function readFiles() {
  const files = {
    functions: readSql('functions'),
    triggers: readSql('triggers'),
    access: readSql('access'),
  }
  const digest = createHash('sha256')
  for (const folder of FOLDERS) {
    for (const { name, text } of files[folder]) digest.update(`${folder}/${name}\n${text}\n`)
  }
  return { files, hash: digest.digest('hex') }
}

function readSql(folder: (typeof FOLDERS)[number]) {
  const path = join(findSqlFolder(), folder)
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.sql'))
    .map((name) => name.replaceAll('\\', '/'))
    .sort()
    .map((name) => ({ name, text: readFileSync(`${path}/${name}`, 'utf8') }))
}

/** Of each function of the schema its signature, and what changes with every definition. */
async function readFunctions(queryable: Queryable): Promise<ReadonlyMap<string, string>> {
  const { rows } = await queryable.query<{ signature: string; definition: string }>(`
    select oid::regprocedure::text as signature, oid || '/' || xmin as definition
    from pg_proc where pronamespace = 'winrate'::regnamespace and prokind = 'f'`)
  return new Map(rows.map(({ signature, definition }) => [signature, definition]))
}

async function createFunction(
  queryable: Queryable,
  { name, text }: ReturnType<typeof readSql>[number],
): Promise<void> {
  await queryable.query('savepoint stored_function')
  try {
    await queryable.query(text)
  } catch (error) {
    if (sqlStateOf(error) !== INVALID_FUNCTION_DEFINITION) throw error
    await queryable.query('rollback to savepoint stored_function')
    const { rows } = await queryable.query<{ signature: string }>(
      `select oid::regprocedure::text as signature
       from pg_proc where pronamespace = 'winrate'::regnamespace and proname = $1`,
      [name.replace(/^.*\/|\.sql$/g, '')],
    )
    await dropFunctions(
      queryable,
      rows.map(({ signature }) => signature),
    )
    await queryable.query(text)
  }
  await queryable.query('release savepoint stored_function')
}

/** In one statement, so that they may depend on each other; what else depends on them is an error. */
async function dropFunctions(queryable: Queryable, signatures: readonly string[]): Promise<void> {
  if (signatures.length === 0) return
  await queryable.query(`drop function ${signatures.join(', ')}`)
}

function compareVersions(one: string, other: string): number {
  const partsOf = (version: string) => version.split(/[.+-]/, 3).map(Number)
  const others = partsOf(other)
  for (const [at, part] of partsOf(one).entries()) {
    const difference = part - (others[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
