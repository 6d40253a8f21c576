// The network is cut in a way that neither end hears of: no answer, no refusal. A worker runs in a network namespace with a link
// to its clients and one to its database.
import { createRouter, httpOutcomes, httpSnapshots, type Router } from '@winrate/router-client'
import { afterAll, expect, inject, test } from 'vitest'
import { createNetworkNamespace } from '../support/network-namespace.ts'
import { expectEachOnce, recordSteadily } from '../support/steady-outcomes.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { startWorkerFor } from '../support/worker-process.ts'

const database = await createTestDatabase()
const token = 'a-token-for-everything'
/** Of all tests. */
const ids: string[] = []

const parts = inject('hasNetworkNamespaces') ? await startParts() : undefined

/** A worker that reaches its database by one link, with a client that reaches it by another. */
async function startParts() {
  const { name, links, remove } = createNetworkNamespace(2)
  afterAll(remove)
  const [toClient, toDatabase] = links
  if (toClient === undefined || toDatabase === undefined) throw new Error('two links were wanted')
  const { hostname: host, port } = new URL(database.url)
  const sessions = await startTcpProxy({ host, port: Number(port || 5432) }, toDatabase.here)
  afterAll(() => sessions.close())
  const url = new URL(database.url)
  url.host = `${toDatabase.here}:${sessions.port}`
  const worker = await startWorkerFor(
    {
      DATABASE_URL: url.href,
      WINRATE_HOST: toClient.there,
      WINRATE_PUBLISH_TOKEN: token,
      WINRATE_READ_TOKEN: token,
      WINRATE_ADMIN_TOKEN: token,
      WINRATE_AGGREGATION_INTERVAL_MS: '300',
    },
    afterAll,
    { namespace: name },
  )
  const address = { url: worker.url, token }
  const router = createRouter({
    snapshots: httpSnapshots(address),
    // Gives up while the link is cut, so that it sends again what may have arrived.
    outcomes: httpOutcomes({ ...address, requestTimeoutMs: 300 }),
    buffer: { flushIntervalMs: 50 },
    logger: false,
  })
  afterAll(async () => {
    await router.close({ timeoutMs: 1 })
  })
  return { router, toClient, toDatabase, sessions }
}

type Parts = NonNullable<typeof parts>

/** Cuts and mends under load: all that was recorded is stored once, and the client learns it. */
async function expectNothingLost(router: Router, cut: () => void, mend: () => void): Promise<void> {
  const samples = () => router.getWinRate('coding', 'codex').samples
  const load = recordSteadily([router])
  await waitUntil(() => samples() > ids.length + 20, { describe: 'learning before the cut' })
  cut()
  await load.more(100)
  // Of these, the worker may have got those that were on their way.
  expect(router.status().outcomes.buffered).toBeGreaterThanOrEqual(90)
  mend()
  await load.more(50)
  await load.end()
  ids.push(...load.ids)
  await expectEachOnce(database.pool, ids)
  await waitUntil(() => samples() === ids.length, { describe: 'all samples' })
}

const cases: Record<string, (parts: Parts) => Promise<void>> = {
  'a client that is cut from its worker keeps its outcomes, and sends each once the link is mended':
    ({ router, toClient }) => expectNothingLost(router, toClient.cutFromHere, toClient.mend),

  'a worker that is cut from its database goes on in its sessions once the link is mended': ({
    router,
    toDatabase,
  }) => expectNothingLost(router, toDatabase.cutFromThere, toDatabase.mend),

  'a worker that is cut from its database goes on where its sessions have ended meanwhile': ({
    router,
    toDatabase,
    sessions,
  }) =>
    expectNothingLost(router, toDatabase.cutFromThere, () => {
      sessions.cut()
      sessions.mend()
      toDatabase.mend()
    }),
}

for (const [name, run] of Object.entries(cases)) {
  test.skipIf(parts === undefined)(name, async () => {
    if (parts !== undefined) await run(parts)
  })
}
