// A budget from the command over what calls cost to the price in the snapshot, over a real database.
import { readBudget, type Snapshot } from '@winrate/shared-schema/contracts'
import { beforeEach, expect, test } from 'vitest'
import { readBudgetFacts, setBudget } from '../../packages/central-worker/src/budget/budget.ts'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { createSnapshotControl } from '../../packages/central-worker/src/snapshots/snapshot-control.ts'
import { findSnapshot } from '../../packages/central-worker/src/snapshots/snapshot-store.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'
import { runWorkerCommand } from '../support/worker-process.ts'

const database = await createTestDatabase()
const makeTicker = () =>
  createTicker({
    ...{ pool: database.pool, logger: createLogger('silent'), windowDays: 7 },
    policy: { kind: 'thompson', exploration: 0.05 },
  })
const tickers = [makeTicker(), makeTicker()]

beforeEach(async () => {
  await database.pool.query(
    emptying(`
      winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments, winrate.rollup_changes,
      winrate.budgets, winrate.events, winrate.instance_verdicts, pgmq.q_task_preferences`),
  )
})

async function tick(worker = 0): Promise<Snapshot> {
  const ticked = await tickers[worker]?.runOnce()
  const snapshot = ticked && (await findSnapshot(database.pool, ticked))
  if (snapshot === undefined) throw new Error('no snapshot')
  return snapshot
}

async function spend(count: number, of: Record<string, unknown>) {
  const outcomes = Array.from({ length: count }, () => anOutcome({ ...of }))
  await sendMessages(database, aSealedBatch(outcomes))
  await ingestMessages(database.pool, { maxMessages: 1_000, retentionDays: 30 })
}

const run = (...words: string[]) => runWorkerCommand(words, { DATABASE_URL: database.url })

const budgetOf = ({ policy }: Snapshot) => readBudget(policy)

const today = async () => (await readBudgetFacts(database.pool)).budget?.today

const told = async () =>
  (
    await database.rows<{ message: string }>(
      `select message from winrate.events where kind = 'budget' order by event_id`,
    )
  ).map(({ message }) => message)

test('the command sets a budget, ticks of either worker price a dollar, and off ends it', async () => {
  expect(budgetOf(await tick())).toBeUndefined()
  const { stdout } = await run('budget', '0.02')
  expect(stdout).toContain('Budget: $0.02 a call on average')
  let last = 0
  for (const worker of [0, 1, 0]) {
    await spend(40, { cost_usd: 0.1 })
    const budget = budgetOf(await tick(worker))
    expect(budget?.usdPrice).toBeGreaterThan(last)
    expect(budget?.targetUsd).toBeLessThan(0.02)
    last = budget?.usdPrice ?? 0
  }
  expect(await today()).toMatchObject({ calls: 120, pricedCalls: 120, spentUsd: 12 })
  const status = await run('status')
  expect(status.stdout).toContain('Today $12 for 120 calls')
  await run('budget', 'off')
  expect(budgetOf(await tick())).toBeUndefined()
  expect(await told()).toEqual([
    'Calls may cost $0.02 a call on average from the next snapshot on.',
    'The budget has ended: calls may cost what they are worth.',
  ])
})

test('a call of unknown cost costs what others of its model do, and an observed one nothing', async () => {
  await setBudget(database.pool, { per: 'call', usd: 0.02 })
  await spend(10, { cost_usd: 0.1 })
  await spend(10, { cost_usd: undefined })
  await spend(10, { cost_usd: 5, would_choose: 'openai/gpt-4o/' })
  await tick()
  expect(await today()).toMatchObject({ calls: 20, pricedCalls: 10, spentUsd: 2 })
})

test('one instance that reports a million does not count for more than ten of the others', async () => {
  await setBudget(database.pool, { per: 'call', usd: 0.02 })
  for (const instance of ['a', 'b', 'c']) {
    await spend(10, { instance_id: instance, cost_usd: 0.1 })
  }
  await spend(1, { instance_id: 'hostile', cost_usd: 1_000_000 })
  await tick()
  expect((await today())?.spentUsd).toBeCloseTo(3 + 1, 6)
  // Nobody else is there to compare with.
  await spend(1, { instance_id: 'hostile', task_type: 'invented', cost_usd: 1_000_000 })
  await tick()
  expect((await today())?.spentUsd).toBeCloseTo(3 + 1 + 10, 6)
})

test('what all instances pay counts, however dear it has become', async () => {
  await setBudget(database.pool, { per: 'call', usd: 0.02 })
  for (const instance of ['a', 'b', 'c']) {
    await spend(10, { instance_id: instance, cost_usd: 90 })
  }
  await tick()
  expect((await today())?.spentUsd).toBeCloseTo(2_700, 6)
})

test('a fleet that tells no cost is told so once, and is not paced', async () => {
  await setBudget(database.pool, { per: 'day', usd: 5 })
  await spend(40, { cost_usd: undefined })
  expect(budgetOf(await tick())?.usdPrice).toBe(0)
  await tick()
  const unheld = 'The budget cannot be held: no outcome of today says what its call cost.'
  expect(await told()).toEqual(['Calls may cost $5 a day from the next snapshot on.', unheld])
  expect((await readBudgetFacts(database.pool)).budget?.problem).toBe(unheld)
})

test('a pinned snapshot has the budget of now', async () => {
  const { version } = await tick()
  await setBudget(database.pool, { per: 'call', usd: 0.02 })
  await spend(40, { cost_usd: 0.1 })
  await createSnapshotControl(database.pool).pin(version)
  expect(budgetOf(await tick())?.usdPrice).toBeGreaterThan(0)
})

test('a budget that says nothing sensible is refused', async () => {
  for (const words of [['-1'], ['much'], ['0.02', '--per-day', '5'], ['--per-day', '0']]) {
    const { exitCode, stderr } = await run('budget', ...words)
    expect(exitCode).not.toBe(0)
    expect(stderr).toMatch(/US dollars|beside/)
  }
})
