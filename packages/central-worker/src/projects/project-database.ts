// The database of a project on the server of `default`. Guarantees: one that has the name of a project's database and its mark is the
// project's; from the moment that it has its name, only its owner, workers and superusers can connect to it.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { sqlStateOf } from '../postgres/database-errors.ts'
import { inTransaction } from '../postgres/queryable.ts'
import { RefusedError } from '../runtime/refused-error.ts'

const DUPLICATE_DATABASE = '42P04'
const NO_RIGHT = '42501'
/** What Postgres cuts longer names to, of databases and of their roles. */
const MOST_NAME_BYTES = 63

/**
 * Makes the database of the project and returns its name.
 *
 * @throws RefusedError where it may not, or a database has the name that no project made.
 */
export async function makeDatabase(pool: pg.Pool, project: string): Promise<string> {
  const { rows } = await pool.query<{ name: string }>('select current_database() as name')
  const own = rows[0]?.name ?? ''
  const database = `${own}_${project.replaceAll('-', '_')}`
  if (Buffer.byteLength(`${database}_publisher`) > MOST_NAME_BYTES) {
    const message = `the name of its database, ${database}, is too long for Postgres: choose a shorter name`
    throw new RefusedError('name-too-long', message)
  }
  const mark = markOf(project)
  const { rowCount } = await pool.query('select from pg_database where datname = $1', [database])
  try {
    if (rowCount === 0) {
      await makeMarked(pool, { database, mark, prefix: `${cut(own, 40)}_unfinished_` })
    }
    await assertMark(pool, database, mark)
    await closeToOthers(pool, database)
  } catch (error) {
    if (sqlStateOf(error) !== NO_RIGHT) throw error
    throw lacksRight('may not create or change databases', error)
  }
  return database
}

/** It gets its name when it has its mark, so that a call that dies in between leaves nothing in the way of the next one. */
async function makeMarked(
  pool: pg.Pool,
  { database, mark, prefix }: Readonly<Record<'database' | 'mark' | 'prefix', string>>,
): Promise<void> {
  const unfinished = `${prefix}${randomBytes(4).toString('hex')}`
  const quoted = pg.escapeIdentifier(unfinished)
  await pool.query(`create database ${quoted} template template0 encoding 'UTF8'`)
  try {
    await pool.query(`comment on database ${quoted} is ${pg.escapeLiteral(mark)}`)
    await closeToOthers(pool, unfinished)
    await pool.query(`alter database ${quoted} rename to ${pg.escapeIdentifier(database)}`)
  } catch (error) {
    await pool.query(`drop database ${quoted}`)
    // Another call was quicker.
    if (sqlStateOf(error) !== DUPLICATE_DATABASE) throw error
  }
}

/** Logins of other projects stay out. */
async function closeToOthers(pool: pg.Pool, database: string): Promise<void> {
  const quoted = pg.escapeIdentifier(database)
  await inTransaction(pool, async (client) => {
    // Postgres refuses two changes of one database's rights at once.
    await client.query('lock table winrate.projects in share row exclusive mode')
    await client.query(`revoke all on database ${quoted} from public`)
    const { rows } = await client.query(`select to_regrole('winrate_worker') is not null as there`)
    if (rows[0]?.there === true) {
      await client.query(`grant connect on database ${quoted} to winrate_worker`)
    }
  })
}

/** A database of this name may be another deployment, which nothing may change or drop. */
async function assertMark(pool: pg.Pool, database: string, mark: string): Promise<void> {
  if ((await readDatabase(pool, database))?.comment === mark) return
  throw new RefusedError(
    'database-taken',
    `the database ${database} is there already, and no project of Winrate made it: drop it if nobody needs it, or choose another name`,
  )
}

/**
 * Before anything is changed: a project that cannot be deleted goes on. What the table of projects says does not suffice to drop a
 * database, because workers may write to that table.
 */
export async function assertDeletable(
  pool: pg.Pool,
  project: string,
  database: string,
): Promise<void> {
  const found = await readDatabase(pool, database)
  if (found === undefined) return
  if (!found.owned) throw lacksRight(`does not own the database ${database}`)
  const mark = markOf(project)
  if (found.comment === mark) return
  const statement = `comment on database ${pg.escapeIdentifier(database)} is ${pg.escapeLiteral(mark)}`
  throw new RefusedError(
    'not-marked',
    `the database ${database} has no mark of the project ${project}: if it is that of the project, as after a restore, run first: ${statement}`,
  )
}

async function readDatabase(pool: pg.Pool, database: string) {
  const { rows } = await pool.query<{ owned: boolean; comment: string | null }>(
    `select pg_has_role(datdba, 'usage') as owned, shobj_description(oid, 'pg_database') as comment
    from pg_database where datname = $1`,
    [database],
  )
  return rows[0]
}

function markOf(project: string): string {
  return `Project ${project} of Winrate`
}

/** No more bytes than that. */
function cut(text: string, bytes: number): string {
  return Buffer.from(text).subarray(0, bytes).toString()
}

function lacksRight(what: string, cause?: unknown): RefusedError {
  const message = `the role of DATABASE_URL ${what}: use "npx winrate project" with DATABASE_URL of a role that may`
  return new RefusedError('lacks-right', message, { cause })
}
