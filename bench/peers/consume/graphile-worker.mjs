// graphile-worker: a job an outcome, 1,000 under way at a time, a local queue, completions in batches.
import { Logger, makeWorkerUtils, runMigrations, run as runWorker } from 'graphile-worker'
import { createCoalescing } from './coalesce.mjs'

const CONCURRENCY = 1_000
const silentLogger = new Logger(() => () => {})

export async function createConsumer({ pool, workers, store, onDone }) {
  await runMigrations({ pgPool: pool })
  await pool.query('truncate graphile_worker._private_jobs')
  const utils = await makeWorkerUtils({ pgPool: pool })
  const storeTogether = createCoalescing(store)
  const runners = []
  return {
    enqueue: (outcomes) =>
      utils.addJobs(outcomes.map((payload) => ({ identifier: 'outcome', payload }))),
    async run() {
      for (let worker = 0; worker < workers; worker += 1) {
        runners.push(
          await runWorker({
            pgPool: pool,
            noHandleSignals: true,
            taskList: {
              async outcome(payload) {
                await storeTogether(payload)
                onDone()
              },
            },
            preset: {
              worker: {
                concurrentJobs: CONCURRENCY,
                localQueue: { size: 2 * CONCURRENCY },
                completeJobBatchDelay: 0,
                failJobBatchDelay: 0,
              },
            },
            logger: silentLogger,
          }),
        )
      }
    },
    async isEmpty() {
      for (;;) {
        const { rows } = await pool.query('select from graphile_worker._private_jobs limit 1')
        if (rows.length === 0) return
      }
    },
    async stop() {
      await Promise.all(runners.map((runner) => runner.stop()))
      await utils.release()
    },
  }
}
