import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { uuidV7 } from '@winrate/shared-schema/contracts'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { seededRandom } from '../../packages/central-worker/src/analysis/evaluation/testing/synthetic-log.ts'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { runWorkerCommand } from '../support/worker-process.ts'

const database = await createTestDatabase()
const empty = await createTestDatabase()

const DECISIONS = 3_000
const STEP_MS = 120_000
const DAY_MS = 86_400_000
/** A midnight in UTC, because a day of an instance is a cluster: intervals would depend on the time of day. */
const end = Math.floor(Date.now() / DAY_MS) * DAY_MS - 60_000

interface Model {
  readonly name: string
  readonly success: number
  readonly costUsd: number
}

const models: readonly Model[] = [
  { name: 'dear', success: 0.85, costUsd: 0.2 },
  { name: 'cheap', success: 0.7, costUsd: 0.01 },
  { name: 'poor', success: 0.4, costUsd: 0.05 },
]

interface Drawn {
  readonly atMs: number
  readonly model: Model
  readonly propensity: number
  readonly instance: string
  readonly session: string | undefined
  readonly success: boolean
}

/** A fleet whose chances in the second half differ from those in the first. */
function drawDecisions(): Drawn[] {
  const random = seededRandom(7)
  return Array.from({ length: DECISIONS }, (_, at) => {
    const chances = at < DECISIONS / 2 ? [0.3, 0.5, 0.2] : [0.2, 0.7, 0.1]
    const draw = random()
    const chosen = draw < (chances[0] ?? 0) ? 0 : draw < 1 - (chances[2] ?? 0) ? 1 : 2
    const model = models[chosen] ?? models[0]
    if (model === undefined) throw new Error('no model')
    return {
      atMs: end - (DECISIONS - at) * STEP_MS,
      model,
      propensity: chances[chosen] ?? 0,
      instance: `instance-${at % 5}`,
      // Half of the decisions belong to sessions of ten.
      session:
        at % 2 === 0
          ? undefined
          : Math.floor(at / 20)
              .toString(16)
              .padStart(16, '0'),
      success: random() < model.success,
    }
  })
}

const decisions = drawDecisions()

function outcomeOf({ atMs, model, propensity, instance, session, success }: Drawn) {
  return anOutcome({
    outcome_id: uuidV7(atMs),
    occurred_at: new Date(atMs).toISOString(),
    model_name: model.name,
    provider: 'test',
    propensity,
    instance_id: instance,
    session,
    success,
    response_quality: success ? 0.5 : 0,
    cost_usd: model.costUsd,
  })
}

async function record(...outcomes: Record<string, unknown>[]): Promise<void> {
  await sendMessages(database, aSealedBatch(outcomes))
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
  await foldIncrements(database.pool)
}

async function evaluate(...args: string[]) {
  return runWorkerCommand(['evaluate', ...args], { DATABASE_URL: database.url })
}

async function evaluateJson(...args: string[]) {
  const { stdout, stderr } = await evaluate('--json', ...args)
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

function named(evaluation: { policies: { name: string }[] }, name: string) {
  const policy = evaluation.policies.find((candidate) => candidate.name === name)
  if (policy === undefined) throw new Error(`${name} was not evaluated`)
  return JSON.parse(JSON.stringify(policy))
}

/** The evaluated decisions: all after the first tenth, before which nothing had been learned. */
const evaluated = decisions.slice(DECISIONS / 10 - 1)

beforeAll(async () => {
  await record(...decisions.map(outcomeOf))
})

describe('npx winrate evaluate', () => {
  test('weighs each logged decision by its own propensity, as a loop over the rows does', async () => {
    const evaluation = await evaluateJson('--model', 'dear')
    const { success, costUsd, effectiveSampleSize, effectiveClusters } = named(
      evaluation,
      'always dear',
    )

    expect(evaluation).toMatchObject({ decisions: evaluated.length, parts: 10 })
    expect(evaluation.leftOut).toEqual({ unlearned: DECISIONS - evaluated.length })
    const rows = evaluated.map((row) => ({
      ...row,
      weight: row.model.name === 'dear' ? 1 / row.propensity : 0,
      y: row.success ? 1 : 0,
    }))
    const sum = (of: (row: (typeof rows)[number]) => number) =>
      rows.reduce((total, row) => total + of(row), 0)
    const ips = sum(({ weight, y }) => weight * y) / rows.length
    expect(success.ips.estimate).toBeCloseTo(ips, 8)
    const weights = sum(({ weight }) => weight)
    expect(success.snips.estimate).toBeCloseTo(sum(({ weight, y }) => weight * y) / weights, 8)
    expect(effectiveSampleSize).toBeCloseTo(weights ** 2 / sum(({ weight }) => weight ** 2), 5)
    expect(costUsd.snips.estimate).toBeCloseTo(0.2, 8)
    const logged = sum(({ y }) => y) / rows.length
    expect(evaluation.logged.success.estimate).toBeCloseTo(logged, 8)
    expect(success.difference.estimate).toBeCloseTo(success.dr.estimate - logged, 8)

    // By sessions, and by days of instances where there are none.
    const clusters = new Map<string, { deviation: number; weight: number }>()
    for (const { instance, session, atMs, weight, y } of rows) {
      const name = session ?? `${instance} ${Math.floor(atMs / DAY_MS)}`
      const cluster = clusters.get(name) ?? { deviation: 0, weight: 0 }
      cluster.deviation += weight * y - ips
      cluster.weight += weight
      clusters.set(name, cluster)
    }
    expect(evaluation.clusters).toBe(clusters.size)
    const sums = [...clusters.values()]
    const effective = weights ** 2 / sums.reduce((total, cluster) => total + cluster.weight ** 2, 0)
    const squares = sums.reduce((total, { deviation }) => total + deviation ** 2, 0)
    const error = ((effective / (effective - 1)) * Math.sqrt(squares)) / rows.length
    expect(effectiveClusters).toBeCloseTo(effective, 6)
    expect(effective).toBeGreaterThan(20)
    // Student's t of so many clusters is between these.
    const reach = (success.ips.high - success.ips.estimate) / error
    expect(reach).toBeGreaterThan(1.97)
    expect(reach).toBeLessThan(2.09)
  })

  test('finds the true value of other policies, and marks what is clear', async () => {
    const evaluation = await evaluateJson('--model', 'dear', '--model', 'cheap', '--model', 'poor')
    for (const { name, success: truth, costUsd } of models) {
      const { success, reward, costUsd: cost, warnings } = named(evaluation, `always ${name}`)
      for (const estimator of ['ips', 'snips', 'dr']) {
        const { estimate, high } = success[estimator]
        // One interval in twenty misses; an interval twice as wide hardly ever does.
        expect(Math.abs(estimate - truth), `${name} by ${estimator}`).toBeLessThan(
          2 * (high - estimate),
        )
      }
      expect(reward.dr.estimate).toBeCloseTo(0.9 * success.dr.estimate, 1)
      expect(cost.dr.estimate).toBeCloseTo(costUsd, 6)
      expect(warnings).toEqual([])
    }
    expect(named(evaluation, 'always dear').success.difference.clear).toBe(true)
    expect(named(evaluation, 'always dear').success.difference.low).toBeGreaterThan(0)
    expect(named(evaluation, 'always poor').success.difference.high).toBeLessThan(0)
    const best = named(evaluation, 'best single model')
    expect(best.success.dr.estimate).toBeCloseTo(0.85, 1)
    expect(evaluation.policies.map(({ name }: { name: string }) => name)).toEqual([
      'configured policy',
      'threshold, no exploration',
      'thompson, defaults',
      'threshold, defaults',
      'best single model',
      'always dear',
      'always cheap',
      'always poor',
    ])
  })

  test('evaluates policies from files and from the command line, task overrides included', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'winrate-evaluate-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'thrifty.json')
    await writeFile(file, '{"kind":"thompson","costWeight":1}')
    const uniform = '{"kind":"thompson","tasks":{"coding":{"kind":"threshold","exploration":1}}}'
    const evaluation = await evaluateJson('--policy', file, '--policy-json', uniform)

    const thrifty = named(evaluation, 'thrifty')
    expect(thrifty.policy).toMatchObject({ kind: 'thompson', costWeight: 1, sharpness: 2 })
    expect(thrifty.costUsd.dr.estimate).toBeLessThan(0.02)
    expect(thrifty.costUsd.difference).toMatchObject({ clear: true })
    const drawn = named(evaluation, 'given 1')
    expect(drawn.success.dr.estimate).toBeCloseTo((0.85 + 0.7 + 0.4) / 3, 1)
  })

  test('gives the same result twice', async () => {
    const [one, other] = [await evaluateJson(), await evaluateJson()]
    expect({ ...other, period: one.period }).toEqual(one)
  })

  test('judges a policy by outcomes after those it learned from, which span at most a window', async () => {
    // The model that wins on one day loses on the next: a policy that learns from yesterday always errs.
    const days = Array.from({ length: 10 }, (_, day) => day)
    const flips = days.flatMap((day) =>
      Array.from({ length: 20 }, (_, draw) => {
        const atMs = end - (10 - day) * DAY_MS + draw * 3_600_000
        return anOutcome({
          outcome_id: uuidV7(atMs),
          occurred_at: new Date(atMs).toISOString(),
          task_type: 'flips',
          model_name: draw % 2 === 0 ? 'heads' : 'tails',
          provider: 'test',
          propensity: 0.5,
          success: (day + draw) % 2 === 0,
          response_quality: undefined,
        })
      }),
    )
    await record(...flips)
    const { stdout } = await runWorkerCommand(
      ['evaluate', '--json', '--days', '12', '--task-type', 'flips'],
      { DATABASE_URL: database.url, WINRATE_WINDOW_DAYS: '1' },
    )
    const evaluation = JSON.parse(stdout)
    expect(evaluation.decisions).toBe(181)
    expect(evaluation.logged.success.estimate).toBeCloseTo(0.5, 1)
    const threshold = named(evaluation, 'threshold, no exploration')
    expect(threshold.success.snips.estimate).toBeLessThan(0.1)
    await database.pool.query(`delete from winrate.task_preferences where task_type = 'flips'`)
  })

  test('prints tables, what was left out, and the assumptions', async () => {
    const { stdout, exitCode } = await evaluate('--days', '30')
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`${evaluated.length} decisions of the last 30 days are evaluated`)
    expect(stdout).toMatch(/^Success rate +doubly robust +difference to logged +clear/m)
    expect(stdout).toMatch(
      /^threshold, no exploration +0\.8\d\d \[0\.\d+, 0\.\d+\] +0\.\d+ .* yes$/m,
    )
    expect(stdout).toMatch(/^by other estimators +self-normalised +inverse propensity +effective$/m)
    const tables = stdout.split('\n').filter((line) => / {2,}\S/.test(line.trim()))
    expect(tables.length).toBeGreaterThan(20)
    for (const line of tables) expect(line.length, line).toBeLessThanOrEqual(80)
    expect(stdout).toMatch(/^Mean cost in US dollars/m)
    expect(stdout).toContain('No warnings')
    expect(stdout).toContain('299 from before anything was learned of their task type')
    expect(stdout).toContain('Assumed: ')
  })

  test('leaves out what cannot be weighed, by reason, but still learns from what counts', async () => {
    const at = { occurred_at: new Date(end).toISOString(), task_type: 'review', provider: 'test' }
    const corrected = uuidV7(end)
    await record(
      ...Array.from({ length: 30 }, (_, index) =>
        anOutcome({
          ...at,
          model_name: index % 2 === 0 ? 'dear' : 'cheap',
          propensity: 0.5,
          occurred_at: new Date(end - index * 1_000).toISOString(),
        }),
      ),
      anOutcome({
        ...at,
        model_name: 'dear',
        propensity: 0.5,
        failure: 'cancelled',
        success: false,
      }),
      anOutcome({ ...at, model_name: 'dear' }),
      anOutcome({ ...at, model_name: 'dear' }),
      anOutcome({ ...at, model_name: 'dear', propensity: 1 }),
      anOutcome({ ...at, model_name: 'dear', propensity: 0.5, outcome_id: corrected }),
      anOutcome({ ...at, model_name: 'dear', propensity: 1, corrects: corrected }),
      anOutcome({ ...at, model_name: 'dear', propensity: 0.5, instance_id: 'liar' }),
    )
    await database.pool.query('select winrate.apply_corrections()')
    await database.pool.query(
      `insert into winrate.instance_verdicts values ('liar', 'quarantined', 'it lies')`,
    )
    await database.pool.query(
      `insert into winrate.missing_outcomes
       select task_type, 'cheap', 'p', '', 0.5, 9, 1, 10, '[]' from unnest('{review,review/rust,reviews}'::text[]) as task_type`,
    )
    const evaluation = await evaluateJson('--task-type', 'review')

    const lacking = evaluation.missing.map(({ taskType }: { taskType: string }) => taskType)
    expect(lacking).toEqual(['review', 'review/rust'])
    expect(evaluation.taskTypes).toEqual(['review'])
    expect(evaluation.decisions + evaluation.leftOut.unlearned).toBe(30)
    expect(evaluation.leftOut).toMatchObject({
      cancelled: 1,
      'no-propensity': 2,
      'no-draw': 2,
      corrected: 1,
      quarantined: 1,
    })
    await database.pool.query(`delete from winrate.task_preferences where task_type = 'review'`)
  })

  test('judges a decision by all of its calls, and credits what was drawn', async () => {
    const recentMs = Date.now() - 60_000
    const calls = (index: number) => {
      const decision = {
        task_type: 'fallback',
        provider: 'test',
        decision_id: `decision-${index}`,
        occurred_at: new Date(recentMs - index * 1_000).toISOString(),
        cost_usd: undefined,
        response_quality: undefined,
      }
      const first = { ...decision, model_name: index % 2 === 0 ? 'dear' : 'cheap', propensity: 0.5 }
      const timeout = { success: false, failure: 'timeout' }
      if (index % 2 === 1)
        return [anOutcome({ ...first, success: index % 4 === 1, cost_usd: 0.25 })]
      // The drawn model never answers. Every second time a fallback does, which costs twice as much.
      return [
        anOutcome({ ...first, ...timeout }),
        ...(index % 4 === 0
          ? [
              anOutcome({ ...decision, model_name: 'poor', cost_usd: 0.125, success: false }),
              anOutcome({ ...decision, model_name: 'cheap', cost_usd: 0.375, success: true }),
            ]
          : []),
      ]
    }
    // So that something was learned before.
    const earlier = {
      task_type: 'fallback',
      provider: 'test',
      occurred_at: new Date(recentMs - 8_000_000).toISOString(),
    }
    await record(
      ...['dear', 'cheap'].map((model_name) => anOutcome({ ...earlier, model_name })),
      ...Array.from({ length: 400 }, (_, index) => calls(index)).flat(),
    )
    const evaluation = await evaluateJson(
      ...['--task-type', 'fallback', '--model', 'dear', '--days', '0.05'],
    )
    expect(evaluation.leftOut).toEqual({})
    expect(evaluation.decisions).toBe(400)
    const { success, costUsd } = named(evaluation, 'always dear')
    expect(success.snips.estimate).toBeCloseTo(0.5, 8)
    expect(costUsd.snips.estimate).toBeCloseTo(0.25, 8)
    expect(evaluation.logged.success.estimate).toBeCloseTo(0.5, 8)
    await database.pool.query(`delete from winrate.task_preferences where task_type = 'fallback'`)
  })

  test('warns about a model that was never drawn, and never calls its result clear', async () => {
    const elsewhere = { task_type: 'coding', provider: 'test', model_name: 'elsewhere' }
    await record(
      ...Array.from({ length: 50 }, (_, index) =>
        anOutcome({
          ...elsewhere,
          outcome_id: uuidV7(end - 4 * DAY_MS + index),
          occurred_at: new Date(end - DECISIONS * STEP_MS + index).toISOString(),
        }),
      ),
    )
    const evaluation = await evaluateJson('--model', 'elsewhere')
    const { success, unsupportedShare, warnings } = named(evaluation, 'always elsewhere')
    expect(success).toBeNull()
    expect(unsupportedShare).toBe(1)
    expect(warnings.map(({ code }: { code: string }) => code)).toEqual([
      'unsupported',
      'no-overlap',
    ])
    const threshold = named(evaluation, 'threshold, no exploration')
    expect(threshold.warnings[0]).toMatchObject({ code: 'unsupported' })
    expect(threshold.success?.difference.clear ?? false).toBe(false)

    const { stdout } = await evaluate('--model', 'elsewhere')
    expect(stdout).toContain('WARNING: the log says too little')
    expect(stdout).toMatch(/always elsewhere \(!\) +not known/)
    await database.pool.query(`delete from winrate.task_preferences where model_name = 'elsewhere'`)
  })

  test('counts outcomes under the catalogue name of their model', async () => {
    const codex = {
      task_type: 'codex-work',
      propensity: 0.5,
      occurred_at: new Date(end).toISOString(),
    }
    await record(
      ...Array.from({ length: 40 }, (_, index) =>
        anOutcome({
          ...codex,
          ...(index % 2 === 0 ? { model_name: 'gpt-5-codex', provider: undefined } : {}),
          occurred_at: new Date(end - index * 1_000).toISOString(),
        }),
      ),
    )
    const evaluation = await evaluateJson('--task-type', 'codex-work', '--model', 'codex')
    expect(evaluation.models).toEqual(['codex'])

    // A tick names the cell as the metrics do; every name in the outcomes belongs to it.
    await database.pool.query(`
      insert into winrate.instance_quarantines
      values ('instance-1', 'codex-work', 'codex', 'codex', '', 'differs', 40, 1, 0.5, now())`)
    const { leftOut } = await evaluateJson('--task-type', 'codex-work')
    expect(leftOut).toEqual({ quarantined: 40 })
    await database.pool.query('delete from winrate.instance_quarantines')
    await database.pool.query(`delete from winrate.task_preferences where task_type = 'codex-work'`)
  })

  test('says so, with exit code 1, when there is nothing to evaluate', async () => {
    const { stdout, exitCode } = await runWorkerCommand(['evaluate', '--model', 'dear'], {
      DATABASE_URL: empty.url,
    })
    expect(exitCode).toBe(1)
    expect(stdout).toContain('There is nothing to evaluate')
  })

  test('refuses a model without outcomes and names those that have some', async () => {
    const { stderr, exitCode } = await evaluate('--model', 'daer')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('no outcome of daer counts here; there are cheap, dear, poor')
  })

  test.each([
    [['--days', '0'], '--days: must be a number above 0'],
    [['--task-type', 'Code'], '"Code" is no task type'],
    [['--policy', 'missing.json'], '--policy missing.json: ENOENT'],
    [['--policy-json', '{'], '--policy-json 1: '],
    [['--policy-json', '{"kind":"thompson","explore":1}'], 'explore: is not a known field'],
    [['--policy-json', '{"kind":"greedy"}'], '--policy-json 1: kind: '],
    [['coding'], 'too many arguments'],
  ])('refuses %j with exit code 2', async (args, message) => {
    const { stderr, exitCode } = await evaluate(...args)
    expect(exitCode).toBe(2)
    expect(stderr).toContain(message)
  })
})
