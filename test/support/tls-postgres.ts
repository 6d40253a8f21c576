// A throwaway Postgres with TLS, whose certificate is signed by a CA that nobody knows.
import { execFile } from 'node:child_process'
import { chmod, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startEmbeddedPostgres } from '@winrate/central-worker'
import pg from 'pg'

const run = promisify(execFile)

export interface TlsPostgres {
  /** Without any parameter, by the name in its certificate. */
  readonly url: string
  /** The file of the CA's certificate. */
  readonly ca: string
  /** Refuses connections without TLS from now on, or takes them again. */
  demandTls(demanded: boolean): Promise<void>
  stop(): Promise<void>
}

export async function startTlsPostgres(): Promise<TlsPostgres> {
  const dataDir = await mkdtemp(join(tmpdir(), 'winrate-tls-'))
  const { connectionString, stop } = await startEmbeddedPostgres({ dataDir })
  const cluster = join(dataDir, 'cluster')
  const [ca, caKey, certificate, key, request, names] = [
    ...['ca.crt', 'ca.key', 'server.crt', 'server.key', 'server.csr', 'names'],
  ].map((name) => join(cluster, name))
  const subject = (name: string) => ['-subj', `/CN=${name}`, '-nodes', '-newkey', 'rsa:2048']
  const days = ['-days', '2']
  await run('openssl', [
    'req',
    '-x509',
    ...subject('ca'),
    ...days,
    '-keyout',
    `${caKey}`,
    '-out',
    `${ca}`,
  ])
  await run('openssl', ['req', ...subject('localhost'), '-keyout', `${key}`, '-out', `${request}`])
  await writeFile(`${names}`, 'subjectAltName=DNS:localhost')
  await run('openssl', [
    ...[
      'x509',
      '-req',
      '-in',
      `${request}`,
      '-CA',
      `${ca}`,
      '-CAkey',
      `${caKey}`,
      '-CAcreateserial',
    ],
    ...[...days, '-extfile', `${names}`, '-out', `${certificate}`],
  ])
  const { uid, gid } = await stat(cluster)
  await chown(`${key}`, uid, gid)
  await chown(`${certificate}`, uid, gid)
  await chmod(`${key}`, 0o600)
  const url = new URL(connectionString)
  url.search = ''
  async function reload(...statements: string[]): Promise<void> {
    // Over TLS or not, whichever is allowed.
    const client = new pg.Client({ connectionString: url.href, ssl: { rejectUnauthorized: false } })
    const plain = new pg.Client({ connectionString: url.href })
    const used = await client.connect().then(
      () => client,
      async () => {
        await plain.connect()
        return plain
      },
    )
    for (const statement of [...statements, 'select pg_reload_conf()']) await used.query(statement)
    await used.end()
  }
  await reload('alter system set ssl = on')
  url.hostname = 'localhost'
  const rules = (type: string) => `${type} all all all scram-sha-256\n`
  return {
    url: url.href,
    ca: `${ca}`,
    async demandTls(demanded) {
      await writeFile(join(cluster, 'pg_hba.conf'), rules(demanded ? 'hostssl' : 'host'))
      await reload()
    },
    async stop() {
      await stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
