// BullMQ on Redis: one job per outcome, 1,000 in progress at a time in each worker.
import { Queue, Worker } from 'bullmq'
import { createCoalescing } from './coalesce.mjs'

const CONCURRENCY = 1_000

export async function createConsumer({ redisPort, workers, store, onDone }) {
  const connection = { port: redisPort, host: '127.0.0.1' }
  const queue = new Queue('outcomes', {
    connection,
    defaultJobOptions: { removeOnComplete: true },
  })
  await queue.obliterate({ force: true })
  const storeTogether = createCoalescing(store)
  const running = []
  return {
    enqueue: (outcomes) => queue.addBulk(outcomes.map((data) => ({ name: 'outcome', data }))),
    run() {
      for (let worker = 0; worker < workers; worker += 1) {
        const started = new Worker('outcomes', ({ data }) => storeTogether(data), {
          connection: { ...connection, maxRetriesPerRequest: null },
          concurrency: CONCURRENCY,
        })
        started.on('completed', onDone)
        running.push(started)
      }
    },
    async stop() {
      await Promise.all(running.map((worker) => worker.close(true)))
      await queue.close()
    },
  }
}
