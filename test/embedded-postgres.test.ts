// The Postgres of machines without one: it outlives kills, and whoever leaves last stops it.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@winrate/central-worker'
import { endPostgres } from '@winrate/demo/fleet/end-postgres'
import { findFreePort } from '@winrate/demo/fleet/free-port'
import pg from 'pg'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { waitUntil } from './support/wait-until.ts'

let dataDir = ''
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-embedded-'))
  dataDir = folder
  onTestFinished(async () => {
    await endPostgres(folder)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })
})

async function postmasterPid(): Promise<number> {
  const text = await readFile(join(dataDir, 'cluster', 'postmaster.pid'), 'utf8')
  return Number(text.split('\n')[0])
}

/** Starts a statement that its session finishes even if the client is gone; resolves when it runs, or is over. */
async function startStatement(connectionString: string, statement: string): Promise<pg.Client> {
  const busy = new pg.Client({ connectionString })
  busy.on('error', () => {})
  await busy.connect()
  let isOver = false
  busy
    .query(`/* busy */ ${statement}`)
    .catch(() => {})
    .finally(() => {
      isOver = true
    })
  const asking = new pg.Client({ connectionString })
  await asking.connect()
  await waitUntil(
    async () => {
      const { rows } = await asking.query(
        `select from pg_stat_activity where query like '/* busy */%' and state = 'active'`,
      )
      return isOver || rows.length > 0
    },
    { describe: 'the statement runs' },
  )
  await asking.end()
  return busy
}

test('starts again although the first process was killed and another has yet to end', async () => {
  const killed = await startEmbeddedPostgres({ dataDir })
  // One that waits for something would end at once.
  await startStatement(killed.connectionString, 'select count(*) from generate_series(1, 2000000)')
  process.kill(await postmasterPid(), 'SIGKILL')

  const server = await startEmbeddedPostgres({ dataDir })
  const client = new pg.Client({ connectionString: server.connectionString })
  await client.connect()
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  await client.end()
  await killed.stop()
  await server.stop()
  await expect(postmasterPid()).rejects.toThrow('ENOENT')
})

test('a connection that is just closing does not count as another user', async () => {
  const server = await startEmbeddedPostgres({ dataDir })
  const busy = await startStatement(server.connectionString, 'select pg_sleep(0.5)')
  // Its session lives on until the statement is over.
  void busy.end()
  await server.stop()
  await expect(postmasterPid()).rejects.toThrow('ENOENT')
})

test('a server that another process uses keeps running, and runs on a port of choice', async () => {
  const server = await startEmbeddedPostgres({ dataDir })
  const user = new pg.Client({ connectionString: server.connectionString })
  await user.connect()
  await server.stop()
  expect((await user.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  await user.end()

  const adopted = await startEmbeddedPostgres({ dataDir })
  expect(adopted.connectionString).toBe(server.connectionString)
  await adopted.stop()
  const port = await findFreePort()
  const again = await startEmbeddedPostgres({ dataDir, port })
  expect(new URL(again.connectionString).port).toBe(String(port))
  await again.stop()
})
