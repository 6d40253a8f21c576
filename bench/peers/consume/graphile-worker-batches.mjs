// graphile-worker with its batch jobs, whose payload is a list: one job per 500 outcomes.
import { createGraphileConsumer } from './graphile-consumer.mjs'

export const createConsumer = (job) =>
  createGraphileConsumer(job, {
    jobsOf: (outcomes) => [outcomes],
    task: job.store,
    concurrency: 4,
  })
