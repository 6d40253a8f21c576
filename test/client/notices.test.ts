import { once } from 'node:events'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createRouter,
  fileSnapshots,
  httpSnapshots,
  type NoticeEvent,
  postgresSnapshots,
  type SnapshotSource,
} from '@winrate/router-client'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { startWorkerProcess } from '../support/worker-process.ts'

const database = await createTestDatabase()

/** A file that another process keeps up to date with what the worker serves. */
async function copiedFile(url: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-notices-'))
  const path = join(folder, 'snapshot.json')
  let copying = true
  const copies = (async () => {
    while (copying) {
      const answer = await fetch(`${url}/v1/snapshot`)
      const text = await answer.text()
      if (!answer.ok) continue
      await writeFile(`${path}.next`, text)
      await rename(`${path}.next`, path)
    }
  })()
  onTestFinished(async () => {
    copying = false
    await copies
    await rm(folder, { recursive: true, force: true })
  })
  return path
}

/** The address of a proxy that lets no stream through. */
async function withoutStreams(url: string): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/stream') === true) response.writeHead(404).end()
    else request.pipe(forward(new URL(request.url ?? '/', url), request.headers, response))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${portOf(server.address())}`
}

function forward(url: URL, headers: IncomingHttpHeaders, response: ServerResponse) {
  return request(url, { headers: { ...headers, host: url.host } }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  }).on('error', () => response.destroy())
}

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}

const pollIntervalMs = 50

test.each<[string, (url: string) => Promise<SnapshotSource>]>([
  ['over a stream', async (url) => httpSnapshots({ url })],
  ['by polling', async (url) => httpSnapshots({ url: await withoutStreams(url), pollIntervalMs })],
  [
    'from Postgres',
    async () => postgresSnapshots({ connectionString: database.url, pollIntervalMs }),
  ],
  ['from a file', async (url) => fileSnapshots({ path: await copiedFile(url), pollIntervalMs })],
])('an instance that is left out learns so, and when it is over, %s', async (name, sourceOf) => {
  const { url } = await startWorkerProcess({
    DATABASE_URL: database.url,
    WINRATE_AGGREGATION_INTERVAL_MS: '200',
  })
  const instanceId = `instance ${name}`
  const router = createRouter({ snapshots: await sourceOf(url), instanceId })
  onTestFinished(() => router[Symbol.asyncDispose]())
  const events: NoticeEvent[] = []
  router.on('notice', (event) => events.push(event))
  await database.pool.query(
    `insert into winrate.outcome_rollups
       (hour, task_type, model_name, provider, thinking_level, instance_id, samples, successes)
     values (date_trunc('hour', now(), 'UTC'), 'coding', 'codex', 'codex', '', $1, 7, 7)`,
    [instanceId],
  )
  await database.pool.query(
    `insert into winrate.instance_verdicts (instance_id, verdict, reason)
     values ($1, 'quarantined', 'it was tested')`,
    [instanceId],
  )
  await waitUntil(() => events.length === 1, { describe: 'a notice' })
  expect(router.status().notices).toMatchObject([
    { kind: 'quarantined', reason: 'operator', message: expect.stringContaining('it was tested') },
  ])
  await database.pool.query('delete from winrate.instance_verdicts where instance_id = $1', [
    instanceId,
  ])
  await waitUntil(() => events.length === 2, { describe: 'the end of the notice' })
  expect(events).toMatchObject([{ over: false }, { over: true }])
  expect(router.status().notices).toEqual([])
})
