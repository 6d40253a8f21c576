// Creates and deletes projects. Guarantees: a project that is listed has its tables; what dies in the middle is finished by the
// same call again, and calls at once end as one; only its own roles, workers and superusers can connect to the database of a project here.
import type { ProjectBody } from '@winrate/shared-schema/http'
import pg from 'pg'
import type { Logger } from 'pino'
import { noteEvents } from '../events/note-events.ts'
import { createPool } from '../postgres/create-pool.ts'
import { migrateDatabase } from '../postgres/migrate.ts'
import { dropPublisher, makePublisher } from '../postgres/project-roles.ts'
import { inTransaction } from '../postgres/queryable.ts'
import { RefusedError } from '../runtime/refused-error.ts'
import { assertFleet, nameFleet, readFleet } from '../snapshots/fleet.ts'
import { assertDeletable, makeDatabase } from './project-database.ts'
import { type ProjectUrls, urlOfProject } from './project-names.ts'
import { findProject, readProjects } from './read-projects.ts'

export interface ProjectControlOptions {
  /** The database of `default`. */
  readonly pool: pg.Pool
  readonly connectionString: string
  readonly urls: ProjectUrls
  readonly logger: Logger
}

export function createProjectControl(options: ProjectControlOptions) {
  const { pool, connectionString, urls, logger } = options

  /** Migrates it and gives its fleet the project's name. */
  async function prepare(name: string, url: string, isNew: boolean): Promise<readonly string[]> {
    const own = createPool({ connectionString: url, size: 1, logger })
    try {
      assertFleet(await readFleet(own), name)
      const role = await makePublisher(own, isNew)
      const { missingRights } = await migrateDatabase(url)
      await nameFleet(own, name)
      return [...role, ...missingRights]
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
      if (known?.state === 'ending') throw isEnding(name)
      // Where it is stays as it was when it was created.
      const isHere = known === undefined ? urls[name] === undefined : known.database !== null
      const database = isHere ? await makeDatabase(pool, name) : null
      const url = urlOfProject(connectionString, { name, database }, urls)
      const missing = await prepare(name, url, known === undefined)
      await inTransaction(pool, async (client) => {
        const { rowCount } = await client.query(
          'insert into winrate.projects (name, database) values ($1, $2) on conflict do nothing',
          [name, database],
        )
        if (rowCount === 0) {
          // A deletion may have begun meanwhile.
          const [there] = (await readProjects(client)).filter((project) => project.name === name)
          if (there?.state !== 'active') throw isEnding(name)
          return
        }
        await noteEvents(client, [{ kind: 'project', message: `The project ${name} was created.` }])
      })
      // Agents of projects stay out of `default`.
      const { missingRights } = await migrateDatabase(connectionString)
      return [...missing, ...missingRights]
    },
    /**
     * Revokes every token of the project, lets workers let go of it, and drops its database.
     *
     * @throws RefusedError where there is no such project, or its database is another role's or has no mark of the project.
     */
    async remove(name: string): Promise<{ keptDatabase: boolean; keptRole: boolean }> {
      const { database } = await findProject(pool, name)
      if (database !== null) await assertDeletable(pool, name, database)
      await inTransaction(pool, async (client) => {
        // Tokens first: whoever makes one locks their table, and then the project.
        await client.query(
          'update winrate.tokens set revoked_at = now() where project = $1 and revoked_at is null',
          [name],
        )
        await client.query('update winrate.projects set is_ending = true where name = $1', [name])
      })
      if (database !== null) {
        const quoted = pg.escapeIdentifier(database)
        await pool.query(`drop database if exists ${quoted} with (force)`)
      }
      const isDropped = database === null || (await dropPublisher(pool, database))
      await inTransaction(pool, async (client) => {
        await client.query('delete from winrate.tokens where project = $1', [name])
        await client.query('delete from winrate.projects where name = $1', [name])
        await noteEvents(client, [{ kind: 'project', message: `The project ${name} was deleted.` }])
      })
      return { keptDatabase: database === null, keptRole: !isDropped }
    },
  }
}

function isEnding(name: string): RefusedError {
  const message = `the project ${name} is being deleted: finish that first, with "npx winrate project delete ${name} --yes"`
  return new RefusedError('project-ending', message)
}
