// What clients say they decided, as ingest stores it.
import { uuidV7 } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { readPublication } from '../../packages/central-worker/src/http/routes/publication.ts'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'

const HOUR_MS = 3_600_000
const hour = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS).toISOString()
const session_id = uuidV7(Date.now())
const cell = { hour, task_type: 'coding', model_name: 'codex', provider: 'codex' }

async function stored(...batches: readonly object[]) {
  const database = await createTestDatabase()
  await sendMessages(database, ...batches)
  const results = await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
  const rows = await database.rows(
    `select instance_id, task_type, model_name, provider, thinking_level, decided, answered
     from winrate.decided_hours order by model_name, thinking_level`,
  )
  return { results, rows }
}

const telling = (decided: unknown, outcomes: readonly unknown[] = []) =>
  aSealedBatch(outcomes, { session_id, decided })

test('totals of a session are its greatest, in whatever order and however often its batches arrive', async () => {
  const older = telling([{ ...cell, decided: 5, answered: 2 }])
  const newer = telling([{ ...cell, decided: 9, answered: 8 }], [anOutcome()])
  const other = { ...newer, session_id: uuidV7(Date.now()), outcomes: [] }
  const { rows } = await stored(newer, older, newer, other)
  expect(rows).toEqual([
    { ...named('codex'), decided: 9, answered: 8 },
    { ...named('codex'), decided: 9, answered: 8 },
  ])
})

test('the way that tolerates bad outcomes stores them too', async () => {
  const bad = telling([{ ...cell, decided: 5, answered: 2 }], [anOutcome({ success: 'perhaps' })])
  const { rows } = await stored(bad)
  expect(rows).toEqual([{ ...named('codex'), decided: 5, answered: 2 }])
})

test('hostile values are left out or bounded, and cost no outcome', async () => {
  const far = new Date(Date.now() + 30 * 24 * HOUR_MS).toISOString()
  const hostile = [
    { ...cell, model_name: 'more', decided: 1, answered: 7 },
    { ...cell, model_name: 'huge', decided: 1e12, answered: 1 },
    { ...cell, model_name: 'below', decided: -1, answered: 0 },
    { ...cell, model_name: 'half', decided: 1.5, answered: 1 },
    { ...cell, model_name: 'text', decided: '5', answered: 1 },
    { ...cell, model_name: 'none', decided: 0, answered: 0 },
    { ...cell, model_name: 'x'.repeat(201), decided: 1, answered: 1 },
    { ...cell, task_type: 'No Type', model_name: 'task', decided: 1, answered: 1 },
    { ...cell, hour: far, model_name: 'future', decided: 1, answered: 1 },
    { ...cell, hour: '2001-01-01T00:00:00Z', model_name: 'past', decided: 1, answered: 1 },
    { ...cell, hour: 'soon', model_name: 'when', decided: 1, answered: 1 },
    ...[null, 7, 'x', [], {}],
    { ...cell, model_name: 'good', thinking_level: 'high', decided: 3, answered: 1 },
  ]
  const { rows, results } = await stored(
    telling(hostile, [anOutcome()]),
    ...[null, 7, 'x', {}, { '0': cell }].map((decided) => telling(decided, [anOutcome()])),
  )
  expect(rows).toEqual([
    { ...named('good'), thinking_level: 'high', decided: 3, answered: 1 },
    { ...named('more'), decided: 1, answered: 1 },
  ])
  expect(results).toMatchObject({ stored: 6, rejected: 0 })
})

test('an instance that invents names is heard up to a thousand an hour, a hundred a batch', async () => {
  const batches = Array.from({ length: 15 }, (_, batch) =>
    telling(
      Array.from({ length: 150 }, (_, at) => ({
        ...{ ...cell, model_name: `model-${batch}-${at}` },
        ...{ decided: 1, answered: 0 },
      })),
    ),
  )
  const database = await createTestDatabase()
  const ingest = async (messages: readonly object[]) => {
    await sendMessages(database, ...messages)
    await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
    const [row] = await database.rows(
      'select count(*)::int as names, max(decided) as most from winrate.decided_hours',
    )
    return row
  }
  expect(await ingest(batches.slice(0, 7))).toEqual({ names: 700, most: 1 })
  expect(await ingest(batches)).toEqual({ names: 1_000, most: 1 })
  // What is there grows.
  const grown = { ...cell, model_name: 'model-0-7', decided: 5, answered: 2 }
  const another = { ...cell, model_name: 'another', decided: 9, answered: 2 }
  expect(await ingest([telling([grown, another])])).toEqual({ names: 1_000, most: 5 })
})

test('over HTTP they pass as they are, or are left out as a whole', () => {
  const seal = {
    ...{ instanceId: 'w', sessionId: session_id, sdk: 'w/1' },
    ...{ nowMs: () => Date.now(), newId: () => uuidV7(Date.now()) },
  }
  const good = [{ ...cell, decided: 5, answered: 2 }]
  expect(readPublication(telling(good), seal).message.decided).toEqual(good)
  const { message, problems } = readPublication(telling([{ ...cell, decided: -1 }]), seal)
  expect(message.decided).toBeUndefined()
  expect(problems).toHaveLength(1)
})

function named(model_name: string) {
  return {
    ...{ instance_id: 'instance-1', task_type: 'coding', model_name, provider: 'codex' },
    thinking_level: '',
  }
}
