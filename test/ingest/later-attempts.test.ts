// A later attempt only sees what earlier ones failed at, so it is learned apart: its outcomes count at a path of their own
// and never in the plain win rate of its task type.
import { afterStratum, isTaskType, learnedTaskType, uuidV7 } from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { rebuildRollupsByDay } from '../../packages/central-worker/src/postgres/rebuild-rollups.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()

beforeEach(async () => {
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.rollup_changes, winrate.outcome_corrections, winrate.rejected_outcomes, pgmq.q_task_preferences`),
  )
})

async function ingest(...messages: readonly unknown[]): Promise<void> {
  await sendMessages(database, ...messages)
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
  await applyCorrections(database.pool)
}

interface Sums {
  readonly samples: number
  readonly successes: number
  readonly unjudged: number
  readonly failed: number
  readonly tokens: readonly number[]
}

/** What the rollups hold, by task type and model. */
async function rollups(): Promise<Record<string, Sums>> {
  await foldIncrements(database.pool)
  const rows = await database.rows<Sums & { cell: string }>(`
    select task_type || ' ' || model_name as cell, sum(samples)::int as samples, sum(successes)::int as successes,
      sum(unjudged)::int as unjudged, sum(transport_failures)::int as failed,
      array[sum(input_token_sum)::int, sum(cache_read_token_sum)::int, sum(output_token_sum)::int,
        sum(token_count)::int] as tokens
    from winrate.outcome_rollups
    where samples <> 0 or unjudged <> 0 or transport_failures <> 0
    group by 1`)
  return Object.fromEntries(rows.map(({ cell, ...sums }) => [cell, sums]))
}

const sums = (samples: number, successes: number, more: Partial<Sums> = {}): Sums => ({
  ...{ samples, successes, unjudged: 0, failed: 0, tokens: [0, 0, 0, 0] },
  ...more,
})

const hostileNames = [
  ...['', ' ', ',', '\t', 'gpt-4o', 'GPT-4o', ' gpt-4o ', 'a/b', 'a/@b', '@after-x', '..', '-', '_and_'],
  ...['文心一言', 'É', '\u0130', '\u212a', '\u{1f600}', 'e\u0301', '\u00a0x', '\ue000', 'a\nb', "'; drop", '%', '\\'],
  ...['x'.repeat(56), 'x'.repeat(57), 'x'.repeat(10_000), '界'.repeat(10_000), 'a.'.repeat(40)],
] // biome-ignore format: one list
const taskTypes = [
  ...['coding', 'x'.repeat(63), 'coding/rust', 'a/b/c', 'coding/@long', 'a/b/@few'],
  ...['a/1.b_c-d/e', `a/${'b'.repeat(63)}/${'c'.repeat(63)}`, 'coding/@after-x'],
]

async function inSql(cases: readonly (readonly [string, string | undefined])[]) {
  const rows = await database.rows<{ path: string }>(
    `select winrate.learned_task_type(task_type, after) as path
     from unnest($1::text[], $2::text[]) with ordinality as given (task_type, after, place)
     order by place`,
    [cases.map(([taskType]) => taskType), cases.map(([, after]) => after ?? null)],
  )
  return rows.map(({ path }) => path)
}

test('SQL and TypeScript learn each later attempt at the same task type', async () => {
  const afters = [
    undefined,
    ...hostileNames,
    ...hostileNames.map((name) => `claude-haiku,${name}`),
    hostileNames.join(),
    [...hostileNames].reverse().join(),
  ]
  const cases = afters.flatMap((after) =>
    taskTypes.map((taskType): [string, string | undefined] => [taskType, after]),
  )
  const learned = cases.map((given) => learnedTaskType(...given))
  expect(await inSql(cases)).toEqual(learned)
  expect(learned.filter((path) => !isTaskType(path))).toEqual([])
})

test('SQL and TypeScript agree on any text', async () => {
  // Postgres holds no NUL, and the client sends no half of a surrogate pair.
  const text = fc.string({ unit: 'binary', maxLength: 80 }).map((each) => each.replaceAll('\0', ''))
  const given = fc.tuple(fc.constantFrom(...taskTypes), fc.array(text, { maxLength: 4 }))
  await fc.assert(
    fc.asyncProperty(fc.array(given, { minLength: 50, maxLength: 50 }), async (cases) => {
      const pairs = cases.map(([taskType, names]): [string, string] => [taskType, names.join()])
      expect(await inSql(pairs)).toEqual(pairs.map((pair) => learnedTaskType(...pair)))
    }),
    { numRuns: 20 },
  )
})

test('a stratum is named after what failed, in whatever order, spelling or number', () => {
  expect(afterStratum(['Claude Haiku', 'gpt-4o-mini'])).toBe('@after-claude-haiku_and_gpt-4o-mini')
  expect(afterStratum(['gpt-4o-mini', 'claude haiku', 'GPT-4o-mini'])).toBe(
    afterStratum(['Claude Haiku', 'gpt-4o-mini']),
  )
  expect(afterStratum(['', ' '])).toBeUndefined()
  expect(learnedTaskType('coding', ' , ')).toBe('coding')
  const long = ['a', 'b'].map((end) => afterStratum(['x'.repeat(200) + end]))
  expect(long[0]).not.toBe(long[1])
  expect(long[0]).toMatch(/^@after-x{47}-[0-9a-f]{8}$/)
})

test.each([
  ['coding', 'coding/@after-haiku'],
  ['coding/@long', 'coding/@after-haiku'],
  ['coding/rust', 'coding/rust/@after-haiku'],
  ['coding/rust/@few', 'coding/rust/@after-haiku'],
  ['coding/rust/async', 'coding/rust/@after-haiku'],
])('a later attempt at %s is learned at %s', async (task_type, path) => {
  await ingest(aSealedBatch([anOutcome({ task_type, attempt: 2, after: 'haiku' })]))
  expect(await rollups()).toEqual({ [`${path} codex`]: sums(1, 1) })
  expect(
    await database.rows('select task_type, attempt, after from winrate.task_preferences'),
  ).toEqual([{ task_type, attempt: 2, after: 'haiku' }])
})

test('an outcome that says nothing of attempts counts as before, and so does an empty `after`', async () => {
  await ingest(
    anOutcome(),
    anOutcome({ after: '' }),
    anOutcome({ after: ', ' }),
    anOutcome({ attempt: 2 }),
  )
  expect(await rollups()).toEqual({ 'coding codex': sums(4, 4) })
})

test('what follows a failure that cannot be read is no first attempt', async () => {
  await ingest(
    anOutcome({ after: ['haiku'] }),
    anOutcome({ after: 7 }),
    aSealedBatch([anOutcome({ after: {} })]),
  )
  expect(await rollups()).toEqual({ 'coding/@after-unreadable codex': sums(3, 3) })
})

test('a later attempt without an answer counts where it was asked, its answer without a verdict apart', async () => {
  const later = { after: 'haiku', attempt: 2, success: false }
  await ingest(
    anOutcome({ ...later, failure: 'timeout' }),
    anOutcome({ ...later, success: null, response_quality: undefined }),
  )
  expect(await rollups()).toEqual({
    'coding codex': sums(0, 0, { failed: 1 }),
    'coding/@after-haiku codex': sums(0, 0, { unjudged: 1 }),
  })
})

test('tokens add up where both input and output are told', async () => {
  const told = { input_tokens: 100, cache_read_tokens: 30, output_tokens: 7 }
  const batch = [
    anOutcome(told),
    anOutcome({ ...told, cache_read_tokens: 1_000, after: 'haiku' }),
    anOutcome({ input_tokens: 5 }),
    anOutcome({ output_tokens: 5 }),
    anOutcome({ ...told, success: false, failure: 'timeout' }),
    anOutcome({ ...told, success: null, response_quality: undefined }),
  ]
  await ingest(aSealedBatch(batch))
  const expected = {
    'coding codex': sums(3, 3, { unjudged: 1, failed: 1, tokens: [200, 60, 14, 2] }),
    'coding/@after-haiku codex': sums(1, 1, { tokens: [100, 100, 7, 1] }),
  }
  expect(await rollups()).toEqual(expected)
  await ingest(
    anOutcome({ corrects: batch[0]?.['outcome_id'], decision_id: undefined, success: false }),
  )
  expect(await rollups()).toMatchObject({
    'coding codex': sums(3, 2, { unjudged: 1, failed: 1, tokens: [200, 60, 14, 2] }),
  })
  await database.pool.query(
    'update winrate.outcome_rollups set input_token_sum = 0, output_token_sum = 1',
  )
  await rebuildRollupsByDay(database.pool, undefined, () => {})
  expect((await rollups())['coding codex']?.tokens).toEqual([200, 60, 14, 2])
})

test('a later word about a later attempt keeps it where it is, by its decision or as a correction', async () => {
  const decision_id = uuidV7(Date.now())
  const at = (ms: number) => new Date(Date.now() - 60_000 + ms).toISOString()
  const call = { decision_id, outcome_id: undefined }
  await ingest(
    anOutcome({ ...call, model_name: 'haiku', success: false, occurred_at: at(0) }),
    anOutcome({
      ...call,
      success: null,
      response_quality: undefined,
      attempt: 2,
      after: 'haiku',
      occurred_at: at(1),
    }),
  )
  await ingest(anOutcome({ ...call, success: true, occurred_at: at(2) }))
  const expected = { 'coding haiku': sums(1, 0), 'coding/@after-haiku codex': sums(1, 1) }
  expect(await rollups()).toEqual(expected)
  const [{ id } = { id: '' }] = await database.rows<{ id: string }>(
    `select outcome_id as id from winrate.task_preferences where model_name = 'codex' and corrects is null`,
  )
  await ingest(anOutcome({ corrects: id, success: false, decision_id }))
  expect(await rollups()).toEqual({ ...expected, 'coding/@after-haiku codex': sums(1, 0) })
  expect(await rebuildRollupsByDay(database.pool, undefined, () => {})).toBe(0)
})

test('whatever later attempts achieve, and in whatever order all arrives, the plain win rate stays', async () => {
  const first = fc.record({
    success: fc.boolean(),
    later: fc.array(fc.boolean(), { maxLength: 2 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(first, { minLength: 1, maxLength: 8 }),
      fc.func(fc.integer()),
      async (firsts, order) => {
        await database.pool.query(
          emptying(`
        winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
          winrate.outcome_corrections`),
        )
        const outcomes = firsts.flatMap(({ success, later }) => {
          const decision_id = uuidV7(Date.now())
          const models = ['haiku', 'sonnet', 'opus']
          return [success, ...later].map((achieved, at) =>
            anOutcome({
              ...{ decision_id, model_name: models[at], success: achieved },
              ...(at > 0 && { attempt: at + 1, after: models.slice(0, at).join() }),
            }),
          )
        })
        const shuffled = outcomes
          .map((outcome, at) => ({ outcome, place: order(at) }))
          .sort((one, other) => one.place - other.place)
        for (const { outcome } of shuffled) await ingest(outcome)
        const folded = await rollups()
        expect(folded['coding haiku']).toEqual(
          sums(firsts.length, firsts.filter(({ success }) => success).length),
        )
        expect(Object.keys(folded).filter((cell) => /^coding (?!haiku)/.test(cell))).toEqual([])
        expect(await rebuildRollupsByDay(database.pool, undefined, () => {})).toBe(0)
      },
    ),
    { numRuns: 10 },
  )
}, 60_000)
