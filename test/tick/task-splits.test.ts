// From what requests belong to, over stored outcomes and a tick, to requests that are learned apart.
import { gunzipSync } from 'node:zlib'
import { createRouter, postgresOutcomes } from '@winrate/router-client'
import { staticSource } from '@winrate/router-client/testing'
import { parseSnapshotText, type Snapshot } from '@winrate/shared-schema/contracts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { readSplits } from '../../packages/central-worker/src/splits/task-splits.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { runWorkerCommand } from '../support/worker-process.ts'

const database = await createTestDatabase()
const policy = { kind: 'thompson', priorMass: 10, exploration: 0.5, costWeight: 0 }
const ticker = createTicker({
  ...{ pool: database.pool, logger: createLogger('silent'), windowDays: 7, policy },
})
const models = ['codex', 'claude-sonnet']
const teams = ['billing', 'sales', 'legal', 'design']

const ended: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ended.splice(0)) await end()
})

beforeEach(async () => {
  await database.pool.query(`
    truncate winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.rollup_changes, winrate.task_splits, winrate.instance_verdicts, pgmq.q_task_preferences`)
})

async function tick(): Promise<Snapshot> {
  // As if an hour had passed.
  await database.pool.query('update winrate.tick_state set contexts_summed_at = null')
  const { epoch, version } = await ticker.runOnce()
  const [row] = await database.rows<{ body: Buffer }>(
    'select body_gzip as body from winrate.snapshots where epoch = $1 and version = $2',
    [epoch, version],
  )
  return parseSnapshotText(gunzipSync(row?.body ?? '').toString('utf8'))
}

/** Routes and records; sessions put outcomes into both halves. */
async function agent(snapshot?: Snapshot) {
  const sink = postgresOutcomes({ connectionString: database.url })
  const source = staticSource(...(snapshot === undefined ? [] : [snapshot]))
  const router = createRouter({
    ...{ snapshots: source, outcomes: sink, models, policy, seed: 1, instanceId: 'agent-1' },
  })
  ended.push(() => router.close())
  if (snapshot !== undefined) await router.ready()
  async function work(requests: number, succeeds: (team: string, model: string) => boolean) {
    for (let at = 0; at < requests; at += 1) {
      const team = teams[at % teams.length] ?? ''
      const decision = router.route('x', 'coding', {
        context: { team },
        sessionKey: `session-${at}`,
      })
      const { decisionId, modelName } = decision
      router.recordPreference({ decisionId, success: succeeds(team, modelName) })
    }
    await router.flush({ timeoutMs: 20_000 })
    await ingestMessages(database.pool, { maxMessages: 1_000, retentionDays: 30 })
  }
  return { router, work }
}

/** What a snapshot says of a path's models. */
function rowsOf({ tasks, paths = [], models, cells }: Snapshot, path = '') {
  const task = tasks.length - paths.length + paths.indexOf(path)
  return cells.task.flatMap((of, at) => {
    if (of !== task) return []
    const model = models[cells.model[at] ?? -1]?.name
    const faded = { faded: cells.fadedEvidence?.[at], reward: cells.fadedReward?.[at] }
    return [{ model, samples: cells.samples[at], ...faded }]
  })
}

const paths = () =>
  database.rows<{ task_type: string; count: number }>(
    `select task_type, count(*)::int as count from winrate.task_preferences
     where context is not null group by task_type order by task_type`,
  )

test('requests whose models compare differently are learned apart, two measurements later', async () => {
  let turn = 0
  // Eight times in nine, in each team.
  const succeeds = (team: string, model: string) => {
    turn += 1
    return ((team === 'billing') === (model === 'codex')) === (turn % 9 !== 0)
  }
  const { work } = await agent()
  await work(800, succeeds)
  expect((await tick()).splits).toBeUndefined()
  const snapshot = await tick()
  expect(snapshot.splits).toEqual([expect.stringMatching(/^coding\/team-[0-9a-f]{8}$/)])
  // What the team's requests showed before is known from the beginning.
  const rows = rowsOf(snapshot, snapshot.splits?.[0])
  expect(rows.map(({ model }) => model).sort()).toEqual(models.toSorted())
  for (const { model, samples, faded, reward } of rows) {
    expect(samples).toBe(0)
    expect(faded).toBe(30)
    if (model === 'codex') expect(reward).toBeGreaterThan(0.8)
    else expect(reward).toBeLessThan(0.2)
  }
  const second = await agent(snapshot)
  await second.work(40, succeeds)
  expect(await paths()).toEqual([
    { task_type: 'coding', count: 830 },
    { task_type: snapshot.splits?.[0], count: 10 },
  ])
  await tick()
  const { stdout } = await runWorkerCommand(['status'], { DATABASE_URL: database.url })
  expect(stdout).toMatch(/^Learned apart by their context: coding\/team-[0-9a-f]{8}\.$/m)
  const [parent, path] = [stdout.search(/^coding /m), stdout.search(/^ {2}\/team-[0-9a-f]{8} /m)]
  expect(parent).toBeGreaterThan(0)
  expect(path).toBeGreaterThan(parent)
  // Outcomes of the path still belong to what was asked.
  const sums = await database.rows<{ samples: number }>(
    `select sum(samples)::int as samples from winrate.sum_contexts('7 days') where entry = ''`,
  )
  expect(sums).toEqual([{ samples: 840 }])
})

test('a label without meaning splits nothing, and neither does what was not drawn', async () => {
  const { work } = await agent()
  let turn = 0
  await work(800, () => {
    turn += 1
    return turn % 3 !== 0
  })
  for (let hour = 0; hour < 3; hour += 1) expect((await tick()).splits).toBeUndefined()
  await work(800, (team, model) => (team === 'billing') === (model === 'codex'))
  await database.pool.query('update winrate.task_preferences set propensity = 1')
  for (let hour = 0; hour < 3; hour += 1) expect((await tick()).splits).toBeUndefined()
})

test('of invented entries 32 of a label count, and none of an instance that operators left out', async () => {
  await database.pool.query(`
    insert into winrate.task_preferences
      (outcome_id, task_type, model_name, provider, instance_id, success, counted, occurred_at, propensity, context)
    select winrate.message_outcome_id(now(), 1, place), 'coding', 'codex', 'codex', 'sybil', true, true, now(), 0.5,
      'team-' || lpad(to_hex(place % 100), 8, '0')
    from generate_series(1, 4000) as place`)
  const entries = () =>
    database.rows<{ count: number }>(
      `select count(distinct entry)::int as count from winrate.sum_contexts('7 days')`,
    )
  expect(await entries()).toEqual([{ count: 33 }])
  await database.pool.query(`
    insert into winrate.instance_verdicts (instance_id, verdict, reason)
    values ('sybil', 'quarantined', 'invents')`)
  expect(await entries()).toEqual([{ count: 0 }])
})

/** Stores drawn outcomes of one entry `team-…` for each hex word; `given` overrides columns, as SQL of `place`. */
async function store(count: number, given: Readonly<Record<string, string>> = {}): Promise<void> {
  const columns = {
    ...{ outcome_id: 'winrate.message_outcome_id(now(), 1, place)', task_type: `'coding'` },
    ...{ model_name: `'codex'`, provider: `'codex'`, instance_id: `'agent-' || place % 10` },
    ...{ success: 'place % 2 = 0', counted: 'true', occurred_at: 'now()', propensity: '0.5' },
    ...{ context: `'team-3f2a90b1'`, ...given },
  }
  await database.pool.query(
    `insert into winrate.task_preferences (${Object.keys(columns)})
     select ${Object.values(columns)} from generate_series(1, ${count}) as place`,
  )
}

const summed = () =>
  database.rows<{ task_type: string; entry: string; samples: number }>(
    `select task_type, entry, sum(samples)::int as samples from winrate.sum_contexts('7 days')
     group by task_type, entry order by task_type, entry`,
  )

test('a task type that is named as an entry of its own context is no path without a parent', async () => {
  await store(30, { task_type: `'team-3f2a90b1'`, context: `'team-3f2a90b1 lang-0000000a'` })
  expect(await summed()).toEqual(
    ['', 'lang-0000000a', 'team-3f2a90b1'].map((entry) => ({
      ...{ task_type: 'team-3f2a90b1', entry, samples: 30 },
    })),
  )
})

test('a stored path that is no task type is neither published nor kept', async () => {
  await database.pool.query(`
    insert into winrate.task_splits (path, gain, since, gained_at)
    select path, 20, now(), now()
    from unnest(array['/lang-0000000a', 'lang-0000000a', 'coding/__proto__', 'coding/lang-0000000a']) as path`)
  // A replica that decides later publishes what is stored.
  await database.pool.query('update winrate.tick_state set contexts_summed_at = now()')
  await ticker.runOnce()
  const [row] = await database.rows<{ body: Buffer }>(
    'select body_gzip as body from winrate.snapshots order by created_at desc limit 1',
  )
  const { splits } = parseSnapshotText(gunzipSync(row?.body ?? '').toString('utf8'))
  expect(splits).toEqual(['coding/lang-0000000a'])
  await tick()
  const stored = await database.rows('select path from winrate.task_splits')
  expect(stored).toEqual([{ path: 'coding/lang-0000000a' }])
})

test('outcomes count whose id and decision are of the window, and others hide none of them', async () => {
  await store(30)
  // Ids that do not begin with their time sort after the present, or claim any time.
  await store(400, {
    ...{ outcome_id: `overlay(gen_random_uuid()::text placing 'ffffffff' from 1)::uuid` },
    instance_id: `'sybil-' || place`,
  })
  await store(400, {
    ...{
      outcome_id: 'winrate.message_outcome_id(now(), 2, place)',
      instance_id: `'sybil-' || place`,
    },
    occurred_at: 'now() - make_interval(days => 30)',
  })
  expect((await summed()).map(({ samples }) => samples)).toEqual([30, 30])
})

test('of one instance at most 50,000 outcomes count', async () => {
  await store(50_010, { instance_id: `'busy'` })
  await store(30, { outcome_id: 'winrate.message_outcome_id(now(), 2, place)' })
  expect((await summed()).map(({ samples }) => samples)).toEqual([50_030, 50_030])
})

test('an entry counts once, however often a context repeats it', async () => {
  await store(30, { context: `'team-3f2a90b1 team-3f2a90b1 team-3f2a90b1'` })
  expect((await summed()).map(({ samples }) => samples)).toEqual([30, 30])
})

test('an hour has one measurement, whichever replica comes first', async () => {
  const measuredAt = async () => {
    await ticker.runOnce()
    const [row] = await database.rows<{ at: Date }>(
      'select contexts_summed_at as at from winrate.tick_state',
    )
    return row?.at
  }
  expect(await measuredAt()).toEqual(await measuredAt())
})

test.each([
  // It claims its hour and fails afterwards.
  [
    'delays_measured_at',
    'create trigger broken before delete on winrate.reporting_delays execute function suppress_redundant_updates_trigger()',
    'drop trigger broken on winrate.reporting_delays',
  ],
  [
    'contexts_summed_at',
    'alter function winrate.sum_contexts rename to gone',
    'alter function winrate.gone rename to sum_contexts',
  ],
  [
    'missing_judged_at',
    'alter table winrate.decided_hours rename to gone',
    'alter table winrate.gone rename to decided_hours',
  ],
])(
  'a lasting error at %s ends no tick, is told once and not tried at each tick',
  async (column, harm, mend) => {
    const lines: Record<string, unknown>[] = []
    const logger = createLogger('warn', { write: (line: string) => lines.push(JSON.parse(line)) })
    const { runOnce } = createTicker({ ...{ pool: database.pool, logger, windowDays: 7, policy } })
    await database.pool.query(`
    insert into winrate.task_splits (path, gain, since, gained_at)
    values ('coding/lang-0000000a', 20, now(), now())`)
    const forget = `update winrate.tick_state set ${column} = null`
    const triedAt = async () => {
      const [row] = await database.rows<{ at: Date }>(
        `select ${column} as at from winrate.tick_state`,
      )
      return row?.at
    }
    await database.pool.query(`${forget}; ${harm}`)
    try {
      await runOnce()
      const first = await triedAt()
      expect(first).toBeInstanceOf(Date)
      await runOnce()
      expect(await triedAt()).toEqual(first)
      await database.pool.query(forget)
      await runOnce()
    } finally {
      await database.pool.query(mend)
    }
    const failed = lines.filter(({ msg }) => msg === 'measurement-failed')
    expect(failed).toEqual([
      expect.objectContaining({ measurement: column, cause: expect.any(String) }),
    ])
    expect(await readSplits(database.pool)).toHaveLength(1)
  },
)
