// Enqueues outcomes with a peer's batch API, in calls of 1,000 on two connections, and counts what is in the
// queue. bench/src/publish runs it with a job as JSON; it prints one JSON object.
import { randomUUID } from 'node:crypto'
import { Queue } from 'bullmq'
import { makeWorkerUtils, runMigrations } from 'graphile-worker'
import pg from 'pg'
import { PgBoss } from 'pg-boss'

const BATCH = 1_000
const LANES = 2
const { peer, outcomes, connectionString, redisPort, example } = JSON.parse(process.argv[2])

const peers = {
  async 'pg-boss'() {
    const boss = new PgBoss({ connectionString, max: LANES, supervise: false, schedule: false })
    boss.on('error', (error) => console.error(error))
    await boss.start()
    await boss.createQueue('outcomes')
    await boss.deleteAllJobs('outcomes')
    return {
      enqueue: (batch) =>
        boss.insert(
          'outcomes',
          batch.map((data) => ({ data })),
        ),
      count: () =>
        countRows(`select count(*)::int as count from pgboss.job where name = 'outcomes'`),
      close: () => boss.stop({ graceful: false }),
    }
  },
  async 'graphile-worker'() {
    const pool = new pg.Pool({ connectionString, max: LANES })
    pool.on('error', (error) => console.error(error))
    await runMigrations({ pgPool: pool })
    await pool.query('delete from graphile_worker._private_jobs')
    const utils = await makeWorkerUtils({ pgPool: pool })
    return {
      enqueue: (batch) =>
        utils.addJobs(batch.map((payload) => ({ identifier: 'outcome', payload }))),
      count: () => countRows('select count(*)::int as count from graphile_worker._private_jobs'),
      async close() {
        await utils.release()
        await pool.end()
      },
    }
  },
  async bullmq() {
    const queue = new Queue('outcomes', { connection: { port: redisPort, host: '127.0.0.1' } })
    await queue.obliterate({ force: true })
    return {
      enqueue: (batch) => queue.addBulk(batch.map((data) => ({ name: 'outcome', data }))),
      count: () => queue.getWaitingCount(),
      close: () => queue.close(),
    }
  },
}

async function countRows(text) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const { rows } = await client.query(text)
  await client.end()
  return rows[0].count
}

function makeBatch(size) {
  return Array.from({ length: size }, () => ({ ...example, outcome_id: randomUUID() }))
}

const { enqueue, count, close } = await peers[peer]()
const startMs = performance.now()
let begun = 0
await Promise.all(
  Array.from({ length: LANES }, async () => {
    while (begun < outcomes) {
      const size = Math.min(BATCH, outcomes - begun)
      begun += size
      await enqueue(makeBatch(size))
    }
  }),
)
const seconds = (performance.now() - startMs) / 1_000
const queued = await count()
await close()
console.log(JSON.stringify({ seconds, queued }))
