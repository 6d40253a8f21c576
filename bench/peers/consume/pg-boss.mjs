// pg-boss: each worker fetches 1,000 jobs, stores them with one statement and completes them.
import { PgBoss } from 'pg-boss'

const BATCH = 1_000

export async function createConsumer({ connectionString, workers, store, onDone }) {
  const boss = new PgBoss({ connectionString, max: workers, supervise: false, schedule: false })
  boss.on('error', (error) => console.error(error))
  await boss.start()
  await boss.createQueue('outcomes')
  await boss.deleteAllJobs('outcomes')
  let stopping = false
  let running
  async function work() {
    while (!stopping) {
      const jobs = await boss.fetch('outcomes', { batchSize: BATCH })
      if (jobs.length === 0) return
      await store(jobs.map(({ data }) => data))
      await boss.complete(
        'outcomes',
        jobs.map(({ id }) => id),
      )
      onDone()
    }
  }
  return {
    enqueue: (outcomes) =>
      boss.insert(
        'outcomes',
        outcomes.map((data) => ({ data })),
      ),
    run() {
      running = Promise.all(Array.from({ length: workers }, work))
      return running
    },
    async stop() {
      stopping = true
      await running
      await boss.stop({ graceful: false })
    },
  }
}
