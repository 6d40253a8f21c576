// Names that clients choose are values everywhere: none of them is ever part of a statement.
import { expect, test } from 'vitest'
import { createInstanceVerdicts } from '../../packages/central-worker/src/quarantine/instance-verdicts.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { runWorkerCommand, startWorkerProcess } from '../support/worker-process.ts'

const database = await createTestDatabase()

test('statements in names are names, and the task type can be none', async () => {
  const hostile = [
    `m'); drop schema winrate cascade; --`,
    `$$; drop schema winrate cascade; $$`,
    `\\'; drop schema winrate cascade; --`,
    `{"a":1}'::jsonb; drop schema winrate cascade; --`,
    `%I %L %s $1`,
  ]
  const outcomes = hostile.map((name) =>
    anOutcome({
      model_name: name,
      provider: name.slice(0, 40),
      thinking_level: name.slice(0, 20),
      instance_id: name,
    }),
  )
  await sendMessages(
    database,
    aSealedBatch([...outcomes, anOutcome({ task_type: `chat'; drop schema winrate cascade; --` })]),
  )
  const { url } = await startWorkerProcess({
    DATABASE_URL: database.url,
    WINRATE_AGGREGATION_INTERVAL_MS: '300',
  })
  await waitUntil(
    async () =>
      (await database.count('select count(*) from winrate.task_metrics')) === hostile.length,
    { describe: 'a cell for each name' },
  )
  const names = await database.rows<{ name: string }>(
    'select model_name as name from winrate.task_preferences',
  )
  expect(names.map(({ name }) => name).sort()).toEqual(hostile.sort())
  expect(await database.rows('select reason from winrate.rejected_outcomes')).toEqual([
    { reason: 'task_type_invalid' },
  ])
  for (const name of hostile) {
    const verdicts = createInstanceVerdicts(database.pool, 7)
    await verdicts.quarantine({ instanceId: name, reason: name })
    const query = new URLSearchParams({ baseline: name, taskType: name, instance: name })
    expect((await fetch(`${url}/v1/metrics?${query}`)).status).toBeLessThan(500)
    expect((await fetch(`${url}/v1/events?${query}`)).status).toBeLessThan(500)
  }
  expect(
    await runWorkerCommand(['requeue', hostile[0] ?? ''], { DATABASE_URL: database.url }),
  ).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('no dead letter has the reason'),
  })
  expect(await database.count('select count(*) from winrate.instance_verdicts')).toBe(
    hostile.length,
  )
})
