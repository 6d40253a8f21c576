// graphile-worker with its batch jobs, whose payload is a list: a job for 500 outcomes.
import { Logger, makeWorkerUtils, runMigrations, run as runWorker } from 'graphile-worker'

const CONCURRENCY = 4
const silentLogger = new Logger(() => () => {})

export async function createConsumer({ pool, workers, store, onDone }) {
  await runMigrations({ pgPool: pool })
  await pool.query('truncate graphile_worker._private_jobs')
  const utils = await makeWorkerUtils({ pgPool: pool })
  const runners = []
  return {
    enqueue: (outcomes) => utils.addJobs([{ identifier: 'outcomes', payload: outcomes }]),
    async run() {
      for (let worker = 0; worker < workers; worker += 1) {
        runners.push(
          await runWorker({
            pgPool: pool,
            noHandleSignals: true,
            taskList: {
              async outcomes(payload) {
                await store(payload)
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
