// The database is lost under load, and a backup of before is restored.
import { createRouter, httpOutcomes, httpSnapshots } from '@winrate/router-client'
import pg from 'pg'
import { expect, onTestFinished } from 'vitest'
import { onServer } from './server-databases.ts'
import { expectEachOnce, recordSteadily } from './steady-outcomes.ts'
import { waitUntil } from './wait-until.ts'
import { startWorkerProcess } from './worker-process.ts'

export interface Lost {
  readonly url: string
  backUp(): Promise<void>
  /** Ends the database where it is a server of its own, and returns the URL of what was restored. */
  restore(): Promise<string>
}

/** Outcomes that clients still hold are stored once, and clients take the lower versions that follow. */
export async function expectRestored({ url, backUp, restore }: Lost): Promise<void> {
  const environment = { WINRATE_AGGREGATION_INTERVAL_MS: '300' }
  const worker = await startWorkerProcess({ ...environment, DATABASE_URL: url })
  const router = createRouter({
    snapshots: httpSnapshots({ url: worker.url, reconnectMs: 100, pollIntervalMs: 200 }),
    outcomes: httpOutcomes({ url: worker.url }),
    buffer: { flushIntervalMs: 50 },
    logger: false,
  })
  onTestFinished(async () => {
    await router.close({ timeoutMs: 1 })
  })
  const samples = () => router.getWinRate('coding', 'codex').samples
  const load = recordSteadily([router])
  await waitUntil(() => samples() > 20, { describe: 'learning before the backup' })
  const before = await readIds(url)
  await backUp()
  const more = samples() + 20
  await waitUntil(() => samples() > more, { describe: 'learning after the backup' })
  const known = router.status().snapshot

  await worker.kill()
  const held = load.ids.length
  await load.more(40)
  const restored = await restore()
  const next = await startWorkerProcess({
    ...environment,
    DATABASE_URL: restored,
    WINRATE_PORT: new URL(worker.url).port,
  })
  await load.more(20)
  await load.end()

  const pool = new pg.Pool({ connectionString: restored, max: 1 })
  onTestFinished(() => pool.end())
  await waitUntil(async () => router.status().snapshot?.epoch !== known?.epoch && samples() > 0, {
    describe: 'a snapshot of the restored database',
  })
  await waitUntil(
    async () => {
      const { rows } = await pool.query(
        'select count(*)::int as count from pgmq.q_task_preferences',
      )
      return rows[0].count === 0
    },
    { describe: 'an empty queue' },
  )
  const stored = await readIds(restored)
  expect(stored).toEqual(expect.arrayContaining([...before, ...load.ids.slice(held)]))
  // What was acknowledged between the backup and the loss is gone.
  expect(stored.length).toBeLessThan(load.ids.length)
  await expectEachOnce(
    pool,
    load.ids.filter((id) => stored.includes(id)),
  )
  await waitUntil(() => samples() === stored.length, { describe: 'all that is stored' })
  expect(await next.stop()).toBe(0)
}

function readIds(url: string): Promise<string[]> {
  return onServer(url, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      'select outcome_id::text as id from winrate.task_preferences',
    )
    return rows.map(({ id }) => id)
  })
}
