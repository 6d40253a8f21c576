// Forgetting an instance or a prompt: nothing of it is left, and the rollups are what the rest adds up to.
import { createHash } from 'node:crypto'
import { forgetFactsSchema } from '@winrate/shared-schema/http'
import { beforeEach, expect, test } from 'vitest'
import { forget, type Subject } from '../../packages/central-worker/src/forget/forget.ts'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { rebuildRollupsByDay } from '../../packages/central-worker/src/postgres/rebuild-rollups.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'
import { runWorkerCommand } from '../support/worker-process.ts'

const database = await createTestDatabase()
const HOUR_MS = 3_600_000
const HASH = createHash('sha256').update('a secret prompt').digest('hex')

beforeEach(async () => {
  await database.pool.query(
    emptying(`
      winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments, winrate.rollup_changes,
      winrate.outcome_corrections, winrate.rejected_outcomes, winrate.instance_sessions, winrate.decided_hours,
      winrate.instance_quarantines, winrate.missing_outcomes, winrate.events, winrate.experiment_rollups,
      winrate.experiment_increments, pgmq.q_task_preferences`),
  )
})

const ingest = () => ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })

function outcomes(count: number, fields: (at: number) => object = () => ({})) {
  return Array.from({ length: count }, (_, at) =>
    anOutcome({
      model_name: `model-${at % 3}`,
      instance_id: `instance-${at % 2}`,
      success: at % 4 !== 0,
      response_quality: (at % 10) / 10,
      occurred_at: new Date(Date.now() - ((at * 7) % 90) * HOUR_MS).toISOString(),
      ...(at % 9 === 0 ? { failure: 'transport' } : {}),
      ...fields(at),
    }),
  )
}

async function store(all: Record<string, unknown>[]): Promise<void> {
  await sendMessages(database, aSealedBatch(all))
  await ingest()
  await applyCorrections(database.pool)
}

const storeDeadLetter = (payload: object) =>
  database.pool.query(
    `insert into winrate.rejected_outcomes (message_id, enqueued_at, ordinal, reason, payload) values (0, now(), 0, 'unreadable', $1)`,
    [payload],
  )

const stored = (where = 'true') =>
  database.count(`select count(*) from winrate.task_preferences where ${where}`)

/** How many rollups do not say what the stored outcomes do. */
const differences = () => rebuildRollupsByDay(database.pool, undefined, () => {})

/** Every table that has the text anywhere. */
async function tablesWith(text: string): Promise<string[]> {
  const tables = await database.rows<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'winrate'::regnamespace and relkind in ('r', 'p') and not relispartition`,
  )
  const found: string[] = []
  for (const { name } of [...tables, { name: 'q' }]) {
    const table = name === 'q' ? 'pgmq.q_task_preferences' : `winrate.${name}`
    const sql = `select count(*) from ${table} as row where strpos(row::text, $1) > 0`
    if ((await database.count(sql, [text])) > 0) found.push(name)
  }
  return found.sort()
}

/** What events say of deletions. */
async function events(): Promise<string[]> {
  const rows = await database.rows<{ message: string }>(
    `select message from winrate.events where kind = 'forget' order by event_id`,
  )
  return rows.map(({ message }) => message)
}

const instance = (id: string): Subject => ({ kind: 'instance', id })

test('of an instance nothing is left but what operators said and the event', async () => {
  const [experiment] = await database.rows<{ id: string }>(
    `insert into winrate.experiments (share, baseline) values (0.1, 'm') returning left(id::text, 8) as id`,
  )
  const inExperiment = { arm: 'learned', experiment: experiment?.id, propensity: 0.5 }
  const all = outcomes(200, (at) => (at % 5 === 0 ? inExperiment : {}))
  await store(all)
  // Another instance judges one of its calls, and it judges one of another's.
  const said = { outcome_id: undefined, success: false }
  await store([
    anOutcome({ ...said, corrects: all[2]?.['outcome_id'], instance_id: 'instance-1' }),
    anOutcome({ ...said, corrects: all[5]?.['outcome_id'], instance_id: 'instance-0' }),
    anOutcome({ instance_id: 'instance-0', task_type: 'NO TYPE' }),
    anOutcome({ instance_id: 'instance-1', task_type: 'NO TYPE' }),
  ])
  // A whole message that could not be read.
  await storeDeadLetter({
    outcomes: [{ instance_id: 'instance-1' }, { instance_id: 'instance-0' }],
  })
  await foldIncrements(database.pool)
  const cell = `'chat', 'm', 'p', ''`
  await database.pool.query(`
    insert into winrate.instance_quarantines values ('instance-0', ${cell}, 'differs', 3, 0.1, 0.9, now());
    insert into winrate.instance_verdicts values ('instance-0', 'quarantined', 'it lies');
    insert into winrate.decided_hours
      (hour, instance_id, session_id, task_type, model_name, provider, thinking_level, decided, answered)
    values (now(), 'instance-0', gen_random_uuid(), ${cell}, 3, 2);
    insert into winrate.instance_sessions (instance_id, session_id, sdk, dropped) values ('instance-0', gen_random_uuid(), 'sdk', '{}');
    insert into winrate.events (kind, instance_id, message) values ('quarantine', 'instance-0', 'instance-0 differs');
    insert into winrate.missing_outcomes
    values (${cell}, 0.5, 3, 0, 0, '["instance-0", "instance-1"]', now())`)
  expect(await tablesWith('instance-0')).toContain('outcome_rollups')
  expect(await tablesWith('instance-0')).toContain('experiment_rollups')
  const facts = await forget(database.pool, instance('instance-0'))
  expect(facts).toEqual({
    ...{ instanceId: 'instance-0', promptHash: null, deleted: true },
    // 100 of its own, and the two calls that both instances told something of, with both words.
    ...{ outcomes: 103, deadLetters: 2, queued: 0 },
  })
  expect(await tablesWith('instance-0')).toEqual(['events', 'instance_verdicts'])
  expect(await stored()).toBe(99)
  expect(await stored(`instance_id <> 'instance-1'`)).toBe(0)
  expect(await database.count('select count(*) from winrate.rejected_outcomes')).toBe(1)
  expect(await differences()).toBe(0)
  // Workers that follow the changes read the rollups again.
  expect(await database.count('select first_kept_fold - last_fold from winrate.rollup_state')).toBe(
    1,
  )
})

test('of a prompt its outcomes and all words about these calls are deleted', async () => {
  const decision = { prompt_hash: HASH }
  const first = anOutcome({ ...decision, instance_id: 'asked' })
  const second = anOutcome({ ...decision, instance_id: 'asked', success: null })
  await store([...outcomes(20), first, second])
  await store([
    anOutcome({ corrects: first['outcome_id'], instance_id: 'judge' }),
    anOutcome({ corrects: second['outcome_id'], success: null, feedback_text: 'about it' }),
    anOutcome({ task_type: 'NO TYPE', prompt_hash: HASH }),
    anOutcome({ prompt: 'a secret prompt' }),
    anOutcome({ task_type: 'NO TYPE', prompt: 'a secret prompt' }),
  ])
  await storeDeadLetter({ outcomes: [{ prompt_hash: HASH }] })
  await storeDeadLetter({ outcomes: [{ prompt: 1 }, { prompt: 'a secret prompt' }] })
  await forget(database.pool, { kind: 'prompt', id: HASH })
  expect(await tablesWith(HASH)).toEqual([])
  expect(await tablesWith('a secret prompt')).toEqual([])
  expect(await stored()).toBe(20)
  expect(await differences()).toBe(0)
})

test('after an interruption the sums are right, and a second call finishes it', async () => {
  await store(outcomes(1_200, () => ({ instance_id: 'large' })))
  await store(outcomes(10))
  await foldIncrements(database.pool)
  const stop = () => {
    throw new Error('killed')
  }
  await expect(forget(database.pool, instance('large'), { onPart: stop })).rejects.toThrow('killed')
  expect(await stored(`instance_id = 'large'`)).toBe(200)
  expect(await differences()).toBe(0)
  const told = 'What is stored of the instance large is deleted:'
  expect(await events()).toEqual([`${told} 1000 outcomes and 0 dead letters so far.`])
  expect(await forget(database.pool, instance('large'))).toMatchObject({ outcomes: 200 })
  expect(await events()).toEqual([
    `${told} 1000 outcomes and 0 dead letters so far.`,
    `${told} 200 outcomes and 0 dead letters.`,
  ])
  expect(await tablesWith('large')).toEqual(['events'])
  expect(await stored()).toBe(10)
})

test('what cannot be told is not deleted, and what is not deleted is not told', async () => {
  await store([...outcomes(10), anOutcome({ instance_id: 'instance-0', task_type: 'NO TYPE' })])
  const left = async () => [
    await stored(),
    await database.count('select count(*) from winrate.rejected_outcomes'),
  ]
  await database.pool.query(
    `alter table winrate.events add constraint quiet check (kind <> 'forget')`,
  )
  await expect(forget(database.pool, instance('instance-0'))).rejects.toThrow('quiet')
  await expect(forget(database.pool, instance('instance-1'))).rejects.toThrow('quiet')
  await database.pool.query('alter table winrate.events drop constraint quiet')
  expect(await left()).toEqual([10, 1])
  expect(await differences()).toBe(0)
  await database.pool.query('alter table winrate.rollup_increments rename to away')
  await expect(forget(database.pool, instance('instance-0'))).rejects.toThrow('rollup_increments')
  await database.pool.query('alter table winrate.away rename to rollup_increments')
  expect(await left()).toEqual([10, 1])
  expect(await events()).toEqual([])
})

test('what is queued is stored first and then deleted; where no worker runs, it says so', async () => {
  await store(outcomes(10))
  await sendMessages(database, aSealedBatch(outcomes(10)))
  const [facts] = [await forget(database.pool, instance('instance-0'), { queueWaitMs: 0 })]
  expect(facts).toMatchObject({ outcomes: 5, queued: 1 })
  const waiting = forget(database.pool, instance('instance-0'))
  await ingest()
  expect(await waiting).toMatchObject({ outcomes: 5, queued: 0 })
  expect(await stored()).toBe(10)
  expect(await differences()).toBe(0)
})

test('ingest, corrections and folds go on meanwhile', async () => {
  await store(outcomes(3_000))
  let done = false
  const busy = (async () => {
    for (let round = 0; !done || round < 3; round += 1) {
      const more = outcomes(50, () => ({ instance_id: 'other' }))
      await store(more)
      await store([anOutcome({ corrects: more[0]?.['outcome_id'], instance_id: 'other' })])
      await foldIncrements(database.pool)
    }
  })()
  await forget(database.pool, instance('instance-0'))
  done = true
  await busy
  expect(await stored(`instance_id = 'instance-0'`)).toBe(0)
  expect(await stored(`instance_id = 'instance-1'`)).toBe(1_500)
  expect(await differences()).toBe(0)
})

test('the command says first how much there is', async () => {
  await store(outcomes(10))
  const environment = { DATABASE_URL: database.url }
  const run = async (...args: string[]) => {
    const { stdout } = await runWorkerCommand(
      ['forget', '--instance', 'instance-0', ...args, '--json'],
      environment,
    )
    return forgetFactsSchema.parse(JSON.parse(stdout))
  }
  expect(await run()).toMatchObject({ deleted: false, outcomes: 5 })
  expect(await stored()).toBe(10)
  expect(await run('--yes')).toMatchObject({ deleted: true, outcomes: 5 })
  expect(await stored()).toBe(5)
})
