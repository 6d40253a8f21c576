import { expect, test } from 'vitest'
import { createWorkerMetrics } from './worker-metrics.ts'

test('every count of ingest is a metric', async () => {
  const metrics = createWorkerMetrics(async () => ({ depth: 0, lagSeconds: null }))
  const result = {
    messages: 1,
    stored: 2,
    duplicates: 3,
    rejected: 4,
    corrections: 5,
    tolerated: 6,
  }
  metrics.countIngested(result)
  metrics.countIngested(result)
  const lines = (await metrics.registry.metrics()).split('\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      'winrate_messages_ingested_total 2',
      'winrate_outcomes_stored_total 4',
      'winrate_outcomes_duplicate_total 6',
      'winrate_outcomes_rejected_total 8',
      'winrate_messages_tolerated_total 12',
    ]),
  )
})
