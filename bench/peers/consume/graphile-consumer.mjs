// graphile-worker with a local queue and batched completions; the two contenders beside this file use it.
import { Logger, makeWorkerUtils, runMigrations, run as runWorker } from 'graphile-worker'

const silentLogger = new Logger(() => () => {})

/**
 * @param way.jobsOf Turns outcomes into the payloads of jobs.
 * @param way.task Handles the payload of a job; the job is done when this resolves.
 * @param way.concurrency Jobs in progress at a time in each worker.
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
