import { randomUUID } from 'node:crypto'
import { chooseServer } from '@winrate/shared-schema/postgres'
import pg from 'pg'

export class SharedSessionError extends Error {
  override readonly name = 'SharedSessionError'
}

const CONNECT_TIMEOUT_MS = 10_000
/** A busy pooler may give both connections the session that each had before. */
const ROUNDS = 5

/**
 * Refuses a pooler that gives each transaction, or each statement, another session: settings, locks and LISTEN
 * of one connection would be those of others. Leaves nothing in these sessions but a variable of Winrate's.
 * A database that cannot be reached is left to the caller. Of several servers, tries each, so that the caller's first
 * connection goes to the one that takes writes.
 *
 * @throws SharedSessionError with what to do.
 */
export async function refuseSharedSession(connectionString: string): Promise<void> {
  const clients: pg.Client[] = []
  async function open(): Promise<pg.Client> {
    const server = chooseServer(connectionString)
    const client = createClient(server.url)
    clients.push(client)
    await server.reach(
      () => client.connect(),
      (text) => client.query(text),
    )
    return client
  }
  try {
    const one = await firstOf(chooseServer(connectionString).of, open)
    if (!(await isPooled(one))) return
    const other = await open()
    for (let round = 0; round < ROUNDS; round += 1) {
      if ((await keepsItsSession(one, other)) && (await keepsItsSession(other, one))) continue
      throw new SharedSessionError(
        'DATABASE_URL leads to a pooler that shares its sessions among connections: connect to Postgres directly, or set the pooler to session mode (PgBouncer: pool_mode = session)',
      )
    }
  } catch (error) {
    if (error instanceof SharedSessionError) throw error
  } finally {
    for (const client of clients) client.end().catch(() => {})
  }
}

/** The first result of so many attempts. @throws the error of the last one. */
async function firstOf<Result>(attempts: number, attempt: () => Promise<Result>): Promise<Result> {
  for (let left = attempts - 1; ; left -= 1) {
    try {
      return await attempt()
    } catch (error) {
      if (left === 0) throw error
    }
  }
}

/** Not a SessionClient: in a shared session, its settings would become those of others. */
function createClient(connectionString: string): pg.Client {
  const client = new pg.Client({
    connectionString,
    application_name: 'winrate-session',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: CONNECT_TIMEOUT_MS,
  })
  client.on('error', () => {})
  return client
}

/** A pooler makes up the number of the process that it tells a connection. */
async function isPooled(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return !('processID' in client) || client.processID !== rows[0]?.pid
}

async function keepsItsSession(client: pg.Client, other: pg.Client): Promise<boolean> {
  const token = randomUUID()
  await client.query(`set winrate.session = '${token}'`)
  await other.query(`set winrate.session = '${randomUUID()}'`)
  const { rows } = await client.query<{ found: string | null }>(
    `select current_setting('winrate.session', true) as found`,
  )
  return rows[0]?.found === token
}
