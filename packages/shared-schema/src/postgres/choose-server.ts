// Of a URL that names several servers, the one to connect to. All connections of a process agree on it, and it changes only
// when connecting fails: a connection that works stays where it is.
import { splitServers } from './server-url.ts'

/** Runs a query on the connection that was opened. */
type Run = (text: string) => Promise<{ readonly rows: readonly unknown[] }>

/** What Postgres says itself to a session that writes on a standby. */
const READ_ONLY = '25006'

/** By URL, which of its servers was chosen. */
const chosen = new Map<string, number>()

export type ChosenServer = ReturnType<typeof chooseServer>

export function chooseServer(url: string) {
  const servers = splitServers(url)
  const at = chosen.get(url) ?? 0
  return {
    /** The URL of this server alone. */
    url: servers[at] ?? url,
    /** How many servers the URL names. */
    of: servers.length,
    /**
     * Connects. Where this fails, or leads to a standby while there are several servers, the next connection goes to the next
     * one of them.
     *
     * @throws the error of `connect`, or one with the SQLSTATE of a read-only transaction.
     */
    async reach(connect: () => Promise<unknown>, run: Run): Promise<void> {
      try {
        await connect()
        if (servers.length > 1 && (await isStandby(run))) {
          throw Object.assign(new Error('this server is a standby'), { code: READ_ONLY })
        }
      } catch (error) {
        // Of connections that fail together, only one moves on.
        if ((chosen.get(url) ?? 0) === at) chosen.set(url, (at + 1) % servers.length)
        throw error
      }
    },
  }
}

async function isStandby(run: Run): Promise<boolean> {
  const { rows } = await run('select pg_catalog.pg_is_in_recovery() as standby')
  return Object(rows[0])['standby'] === true
}
