// Runs the example of the README on a real worker.
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { startWorkerProcess } from '../support/worker-process.ts'

const database = await createTestDatabase()

test('the quickstart decides and records, and its outcome is stored', async () => {
  const worker = await startWorkerProcess({ DATABASE_URL: database.url })
  process.env['WINRATE_URL'] = worker.url
  onTestFinished(() => {
    delete process.env['WINRATE_URL']
  })
  await import('../../examples/quickstart.ts')

  const stored = () =>
    database.rows('select task_type, success, instance_id from winrate.task_preferences')
  await waitUntil(async () => (await stored()).length > 0, { describe: 'the outcome is stored' })
  expect(await stored()).toEqual([
    { task_type: 'coding', success: true, instance_id: 'quickstart' },
  ])
})
