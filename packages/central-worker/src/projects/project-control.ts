// Creates and deletes projects. Guarantees: a project that is listed has its tables; what dies in the middle is finished by the
// same call again; nobody but who may everywhere can connect to the database of a project.
import type { ProjectBody } from '@winrate/shared-schema/http'
import pg from 'pg'
import type { Logger } from 'pino'
import { noteEvents } from '../events/note-events.ts'
import { createPool } from '../postgres/create-pool.ts'
import { sqlStateOf } from '../postgres/database-errors.ts'
import { migrateDatabase } from '../postgres/migrate.ts'
import { inTransaction } from '../postgres/queryable.ts'
import { RefusedError } from '../runtime/refused-error.ts'
import { assertFleet, nameFleet, readFleet } from '../snapshots/fleet.ts'
import { type ProjectUrls, urlOfProject } from './project-names.ts'
import { findProject, readProjects } from './read-projects.ts'

interface ProjectControlOptions {
  /** The database of `default`. */
  readonly pool: pg.Pool
  readonly connectionString: string
  readonly urls: ProjectUrls
  readonly logger: Logger
}

const DUPLICATE_DATABASE = '42P04'
const NO_SUCH_ROLE = '42704'
/** What Postgres cuts longer names to. */
const MOST_NAME_BYTES = 63

export function createProjectControl(options: ProjectControlOptions) {
  const { pool, connectionString, urls, logger } = options

  /** Makes the database and returns its name; null where it is there, on a server of its own. */
  async function makeDatabase(project: string): Promise<string | null> {
    if (urls[project] !== undefined) return null
    const { rows } = await pool.query<{ name: string }>('select current_database() as name')
    const database = `${rows[0]?.name}_${project.replaceAll('-', '_')}`
    if (Buffer.byteLength(database) > MOST_NAME_BYTES) {
      const message = `the name of its database, ${database}, is too long for Postgres: choose a shorter name`
      throw new RefusedError('name-too-long', message)
    }
    const quoted = pg.escapeIdentifier(database)
    const mark = `Project ${project} of Winrate`
    try {
      await pool.query(`create database ${quoted} template template0 encoding 'UTF8'`)
      await pool.query(`comment on database ${quoted} is ${pg.escapeLiteral(mark)}`)
    } catch (error) {
      if (sqlStateOf(error) !== DUPLICATE_DATABASE) throw error
      await assertMark(database, mark)
    }
    // Logins of other projects stay out.
    await pool.query(`revoke all on database ${quoted} from public`)
    await unless(NO_SUCH_ROLE, pool.query(`grant connect on database ${quoted} to winrate_worker`))
    return database
  }

  /** A database of this name may be another deployment, which nothing may change or drop. */
  async function assertMark(database: string, mark: string): Promise<void> {
    const { rows } = await pool.query<{ comment: string | null }>(
      `select shobj_description(oid, 'pg_database') as comment from pg_database where datname = $1`,
      [database],
    )
    if (rows[0]?.comment === mark) return
    throw new RefusedError(
      'database-taken',
      `the database ${database} is there already, and no project of Winrate made it: drop it if nobody needs it, or choose another name`,
    )
  }

  /** Migrates it and gives its fleet the project's name. */
  async function prepare(name: string, url: string): Promise<readonly string[]> {
    const own = createPool({ connectionString: url, size: 1, logger })
    try {
      assertFleet(await readFleet(own), name)
      const { missingRights } = await migrateDatabase(url)
      await nameFleet(own, name)
      return missingRights
    } finally {
      await own.end()
    }
  }

  return {
    list: (): Promise<ProjectBody[]> => readProjects(pool),
    /**
     * Idempotent. Returns statements that an administrator has yet to run.
     *
     * @throws RefusedError where it is being deleted, or its database is that of another fleet.
     */
    async create(name: string): Promise<readonly string[]> {
      const known = (await readProjects(pool)).find((project) => project.name === name)
      if (known?.state === 'ending') {
        const message = `the project ${name} is being deleted: finish that first, with "npx winrate project delete ${name} --yes"`
        throw new RefusedError('project-ending', message)
      }
      const database = await makeDatabase(name)
      const missing = await prepare(name, urlOfProject(connectionString, { name, database }, urls))
      await inTransaction(pool, async (client) => {
        const { rowCount } = await client.query(
          'insert into winrate.projects (name, database) values ($1, $2) on conflict do nothing',
          [name, database],
        )
        if (rowCount === 0) return
        await noteEvents(client, [{ kind: 'project', message: `The project ${name} was created.` }])
      })
      return missing
    },
    /**
     * Revokes every token of the project, lets workers let go of it, and drops its database.
     *
     * @throws Error where there is no such project.
     */
    async remove(name: string): Promise<{ readonly keptDatabase: boolean }> {
      const { database } = await findProject(pool, name)
      await inTransaction(pool, async (client) => {
        await client.query('update winrate.projects set is_ending = true where name = $1', [name])
        await client.query(
          'update winrate.tokens set revoked_at = now() where project = $1 and revoked_at is null',
          [name],
        )
      })
      if (database !== null) {
        const quoted = pg.escapeIdentifier(database)
        await pool.query(`drop database if exists ${quoted} with (force)`)
      }
      await inTransaction(pool, async (client) => {
        await client.query('delete from winrate.tokens where project = $1', [name])
        await client.query('delete from winrate.projects where name = $1', [name])
        await noteEvents(client, [{ kind: 'project', message: `The project ${name} was deleted.` }])
      })
      return { keptDatabase: database === null }
    },
  }
}

async function unless(tolerated: string, work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (sqlStateOf(error) !== tolerated) throw error
  }
}
