// Which deployment a database, a worker, a snapshot and a cache file belong to.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouter, httpSnapshots, type RouterOptions } from '@winrate/router-client'
import { type Fleet, parseSnapshotText } from '@winrate/shared-schema/contracts'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from './support/test-database.ts'
import { waitUntil } from './support/wait-until.ts'
import { runWorkerCommand, startWorkerProcess } from './support/worker-process.ts'

const environmentOf = (url: string, fleet?: string) => ({
  DATABASE_URL: url,
  WINRATE_AGGREGATION_INTERVAL_MS: '200',
  ...(fleet !== undefined && { WINRATE_FLEET: fleet }),
})

async function newCacheFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-fleet-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'snapshot.json')
}

function startRouter(options: RouterOptions) {
  const router = createRouter({ logger: false, ...options })
  onTestFinished(() => router[Symbol.asyncDispose]())
  return router
}

async function fleetOf(url: string): Promise<Fleet | undefined> {
  const { fleet } = await waitUntil(
    async () => {
      const answer = await fetch(`${url}/v1/snapshot`)
      return answer.ok && parseSnapshotText(await answer.text())
    },
    { describe: 'a snapshot' },
  )
  return fleet
}

test('a worker names its fleet in the database, which then says it everywhere', async () => {
  const { url } = await createTestDatabase()
  const worker = await startWorkerProcess(environmentOf(url, 'Produktion Süd'))
  const { id, name } = (await fleetOf(worker.url)) ?? {}
  expect(name).toBe('Produktion Süd')
  const { headers } = await fetch(`${worker.url}/v1/snapshot`)
  expect(headers.get('x-winrate-fleet')).toBe(`${id}; name=Produktion%20S%C3%BCd`)
  const ready = await (await fetch(`${worker.url}/readyz`)).text()
  expect(ready).toContain(`{"name":"fleet","ok":true,"detail":"Produktion Süd (${id})"}`)
  // Whoever looks at the database need not know what it should be called.
  const status = await runWorkerCommand(['status'], environmentOf(url))
  expect(status.stdout).toContain(`Fleet: Produktion Süd (${id}).`)
  const doctor = await runWorkerCommand(['doctor'], environmentOf(url))
  expect(doctor.stdout).toContain(`Produktion Süd (${id})`)
})

test('a worker that means another fleet does not start, and the doctor says so', async () => {
  const { url } = await createTestDatabase()
  await runWorkerCommand(['fleet', 'production'], environmentOf(url))
  const started = await runWorkerCommand(['start'], environmentOf(url, 'staging'))
  expect(started.exitCode).toBe(1)
  expect(started.stderr).toMatch(
    /the database belongs to the fleet production \(.*\), and WINRATE_FLEET is "staging": check DATABASE_URL/,
  )
  const doctor = await runWorkerCommand(['doctor'], environmentOf(url, 'staging'))
  expect(doctor.exitCode).toBe(1)
  expect(doctor.stdout).toMatch(/FAIL {2}fleet +the database belongs to the fleet production/)
})

test('a copied database becomes a fleet of its own, and clients forget the original', async () => {
  const { url } = await createTestDatabase()
  const cacheFile = await newCacheFile()
  await runWorkerCommand(['fleet', 'production'], environmentOf(url))
  const original = await startWorkerProcess(environmentOf(url))
  const first = startRouter({ snapshots: httpSnapshots({ url: original.url }), cacheFile })
  await waitUntil(() => first.status().snapshot?.fleet?.name === 'production', {
    describe: 'the fleet in the status',
  })
  await first.close()
  await original.stop()

  const { stdout } = await runWorkerCommand(['new-fleet', 'staging'], environmentOf(url))
  expect(stdout).toMatch(/^Fleet: staging \(/)
  const copy = await startWorkerProcess(environmentOf(url, 'staging'))
  const offline = startRouter({ snapshots: httpSnapshots({ url: copy.url }), cacheFile })
  await waitUntil(() => offline.status().snapshot?.fleet?.name === 'staging', {
    describe: 'the fleet of the copy',
  })
  expect(offline.status().snapshot?.origin).toBe('source')
})
