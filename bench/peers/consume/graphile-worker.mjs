// graphile-worker: a job an outcome, 1,000 under way at a time, stored together.
import { createCoalescing } from './coalesce.mjs'
import { createGraphileConsumer } from './graphile-consumer.mjs'

export const createConsumer = (job) =>
  createGraphileConsumer(job, {
    jobsOf: (outcomes) => outcomes,
    task: createCoalescing(job.store),
    concurrency: 1_000,
  })
