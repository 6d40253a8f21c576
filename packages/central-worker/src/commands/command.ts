// What a command is. The usage text, the check of operands and the dispatch follow from these values.
import { parseArgs } from 'node:util'
import type pg from 'pg'
import { z } from 'zod'
import type { Config } from '../config/config.ts'
import { startEmbeddedPostgres } from '../embedded-postgres/embedded-postgres.ts'
import { createLogger } from '../observability/create-logger.ts'
import { createPool } from '../postgres/create-pool.ts'
import { assertSchema } from '../postgres/migrate.ts'
import { refuseSharedSession } from '../postgres/shared-session.ts'

/** Arguments that a command does not take. */
export class UsageError extends Error {}

export interface Command {
  readonly word: string
  /** What follows the word, as the usage text shows it: `INSTANCE [REASON]`. */
  readonly synopsis: string
  readonly summary: string
  /** A help page, for a command that needs more than one line of the usage text. */
  readonly help?: string
  /**
   * Reads the arguments and returns the function to run, which resolves with the exit code.
   *
   * @throws UsageError
   */
  readonly prepare: (args: readonly string[]) => (config: Config) => Promise<number>
}

export const noOperands = z.object({})

/** A command whose arguments are operands: one for each word of `synopsis` and each field of `operands`. */
export function defineCommand<Operands>(command: {
  readonly word: string
  readonly synopsis?: string
  readonly summary: string
  /** The operands in their order; the optional ones come last. */
  readonly operands: z.ZodObject & z.ZodType<Operands>
  readonly run: (config: Config, operands: Operands) => Promise<number>
}): Command {
  const { word, synopsis = '', summary, operands, run } = command
  const names = synopsis.split(' ').filter((name) => name !== '')
  const fields = Object.keys(operands.shape)
  const required = names.filter((name) => !name.startsWith('[')).length
  return {
    word,
    synopsis,
    summary,
    prepare(args) {
      const given = misuse(() => parseArgs({ args: [...args], allowPositionals: true })).positionals
      if (given.length < required || given.length > names.length) {
        const hint =
          given.length > names.length && names.length > 0 ? '; put several words in quotes' : ''
        throw new UsageError(`${word} takes ${synopsis || 'no operands'}${hint}`)
      }
      const read = operands.safeParse(
        Object.fromEntries(fields.map((name, at) => [name, given[at]])),
      )
      if (!read.success) {
        const [issue] = read.error.issues
        const name = names[fields.indexOf(String(issue?.path[0]))]?.replace(/[[\]]/g, '')
        throw new UsageError(`${name}: ${issue?.message}`)
      }
      return (config) => run(config, read.data)
    },
  }
}

/** What a command on the database works with. */
export interface CommandContext {
  readonly config: Config
  readonly pool: pg.Pool
  readonly connectionString: string
}

/** Opens the configured database for `run`. Refuses a database of another schema unless `anySchema` is set. */
export function onDatabase<Input>(
  run: (context: CommandContext, input: Input) => Promise<number>,
  { anySchema = false } = {},
): (config: Config, input: Input) => Promise<number> {
  return async (config, input) => {
    const { connectionString, close } = await openDatabase(config)
    const pool = createPool({
      connectionString,
      size: 3,
      logger: createLogger('silent'),
      // Operators wait for as long as a command takes, and end it themselves.
      statementTimeoutMs: 0,
    })
    try {
      if (!anySchema) await assertSchema(pool)
      return await run({ config, pool, connectionString }, input)
    } finally {
      await pool.end()
      await close()
    }
  }
}

export type OpenDatabase = Awaited<ReturnType<typeof openDatabase>>

/** The database to work on, and how to release it: DATABASE_URL where it is set, else the embedded Postgres in the data folder. */
export async function openDatabase(
  { databaseUrl, dataDir }: Pick<Config, 'databaseUrl' | 'dataDir'>,
  logger?: { info(facts: object, message: string): void },
) {
  if (databaseUrl !== undefined) {
    await refuseSharedSession(databaseUrl)
    return { connectionString: databaseUrl, embedded: false, close: async () => {} }
  }
  const server = await startEmbeddedPostgres(
    logger === undefined ? { dataDir } : { dataDir, logger },
  )
  return { connectionString: server.connectionString, embedded: true, close: () => server.stop() }
}

/** Turns what reading the arguments throws into a UsageError. */
export function misuse<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
