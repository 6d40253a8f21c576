// graphile-worker, with a local queue and completions in batches: used in the two ways beside this.
import { Logger, makeWorkerUtils, runMigrations, run as runWorker } from 'graphile-worker'

const silentLogger = new Logger(() => () => {})

/**
 * @param way.jobsOf The jobs that outcomes are enqueued as.
 * @param way.task What a job does with its payload; it counts as done when that resolves.
 * @param way.concurrency Jobs under way at a time, of a worker.
 */
export async function createGraphileConsumer(
  { pool, workers, onDone },
  { jobsOf, task, concurrency },
) {
  await runMigrations({ pgPool: pool })
  await pool.query('truncate graphile_worker._private_jobs')
  const utils = await makeWorkerUtils({ pgPool: pool })
  const runners = []
  return {
    enqueue: (outcomes) =>
      utils.addJobs(jobsOf(outcomes).map((payload) => ({ identifier: 'store', payload }))),
    async run() {
      for (let worker = 0; worker < workers; worker += 1) {
        runners.push(
          await runWorker({
            pgPool: pool,
            noHandleSignals: true,
            taskList: {
              async store(payload) {
                await task(payload)
                onDone()
              },
            },
            preset: {
              worker: {
                concurrentJobs: concurrency,
                localQueue: { size: 2 * concurrency },
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
