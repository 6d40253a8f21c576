// graphile-worker: one job per outcome, 1,000 in progress at a time, stored together.
import { createCoalescing } from './coalesce.mjs'
import { createGraphileConsumer } from './graphile-consumer.mjs'

export const createConsumer = (job) =>
  createGraphileConsumer(job, {
    jobsOf: (outcomes) => outcomes,
    task: createCoalescing(job.store),
    concurrency: 1_000,
  })
