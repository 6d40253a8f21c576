import { describe, expect, it } from 'vitest'
import { type EvaluationInput, evaluatePolicies } from './evaluate-policies.ts'
import {
  alwaysModel,
  bestSingleModel,
  routedPolicy,
  type TargetPolicy,
} from './policy/target-policy.ts'
import { makeSessionLog, meanSuccess } from './testing/session-log.ts'
import {
  makeSyntheticLog,
  type SummedLog,
  type SyntheticLogInput,
  sumLog,
} from './testing/synthetic-log.ts'

const models = [
  { modelName: 'dear', success: { coding: 0.8, chat: 0.75 }, costUsd: 0.4 },
  { modelName: 'cheap', success: { coding: 0.6, chat: 0.7 }, costUsd: 0.02 },
  { modelName: 'poor', success: { coding: 0.45, chat: 0.3 }, costUsd: 0.1 },
]
const taskTypes = ['coding', 'chat']

const thompson = (exploration: number) =>
  routedPolicy('thompson', { kind: 'thompson', exploration, costWeight: 0 })
const threshold = (exploration: number) =>
  routedPolicy('threshold', { kind: 'threshold', exploration })
const uniform = threshold(1)

function makeLog(fields: Partial<SyntheticLogInput> = {}) {
  return makeSyntheticLog({
    seed: 1,
    decisions: 2_000,
    taskTypes,
    models,
    logging: thompson(0.15),
    updateEvery: 100,
    clusters: 25,
    ...fields,
  })
}

/** What the target is worth in truth, given what it had learned before each part that is evaluated. */
function trueSuccess(target: TargetPolicy, { parts, logged }: SummedLog): number {
  let worth = 0
  let decisions = 0
  parts.forEach((knowledge, part) => {
    if (knowledge.cells.length === 0) return
    const ofPart = logged.filter((row) => row.part === part && row.measure === 'success')
    const weight = ofPart.reduce((sum, { moments }) => sum + moments.count, 0)
    decisions += weight
    for (const taskType of taskTypes) {
      const drawn = knowledge.cells.filter((cell) => cell.taskType === taskType)
      for (const { candidate, chance } of target.chances(knowledge, taskType, drawn)) {
        const model = models.find(({ modelName }) => modelName === candidate.modelName)
        const rate = Object.entries(model?.success ?? {}).find(([task]) => task === taskType)?.[1]
        worth += (weight / taskTypes.length) * chance * (rate ?? 0)
      }
    }
  })
  return worth / decisions
}

async function evaluateOne(target: TargetPolicy, log: Omit<EvaluationInput, 'targets'>) {
  const evaluation = await evaluatePolicies({ targets: [target], ...log })
  const [policy] = evaluation.policies
  if (policy === undefined) throw new Error('nothing was evaluated')
  return { ...policy, evaluation }
}

const estimators = ['ips', 'snips', 'dr'] as const
const SEEDS = 400

describe(`intervals of 95 % over ${SEEDS} seeded logs`, () => {
  const targets = [alwaysModel('dear'), alwaysModel('cheap'), thompson(0.01), threshold(0)]
  const fleets = [
    ['that draws uniformly', uniform],
    ['that learns by Thompson sampling meanwhile', thompson(0.15)],
  ] as const

  // Only successes are compared: sums of costs would be most of the work.
  const free = models.map(({ modelName, success }) => ({ modelName, success }))

  it.each(fleets)(
    'contain the truth 90 to 99 times in 100, from a fleet %s',
    async (_, logging) => {
      const covered = targets.map(() => ({ ips: 0, snips: 0, dr: 0 }))
      const error = targets.map(() => ({ ips: 0, snips: 0, dr: 0 }))
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        const summed = sumLog(makeLog({ seed, logging, models: free }), 5)
        const { policies } = await evaluatePolicies({ targets, ...summed })
        targets.forEach((target, at) => {
          const truth = trueSuccess(target, summed)
          for (const estimator of estimators) {
            const interval = policies[at]?.success?.[estimator]
            const hits = covered[at]
            const misses = error[at]
            if (interval === undefined || hits === undefined || misses === undefined) continue
            if (interval.low <= truth && truth <= interval.high) hits[estimator] += 1
            misses[estimator] += (interval.estimate - truth) / SEEDS
          }
        })
      }
      targets.forEach(({ name }, at) => {
        for (const estimator of estimators) {
          const share = (covered[at]?.[estimator] ?? 0) / SEEDS
          expect(share, `${estimator} of ${name}`).toBeGreaterThanOrEqual(0.9)
          expect(share, `${estimator} of ${name}`).toBeLessThanOrEqual(0.99)
          expect(Math.abs(error[at]?.[estimator] ?? 1), `${name} is off`).toBeLessThan(0.006)
        }
      })
    },
  )
})

it('calls nothing clear that a warning speaks against, however far it is off', async () => {
  const many = await evaluateOne(alwaysModel('poor'), sumLog(makeLog({ logging: uniform }), 5))
  expect(many.warnings).toEqual([])
  expect(many.success?.difference.clear).toBe(true)

  const short = makeLog({ logging: uniform, decisions: 250, seed: 3 })
  const few = await evaluateOne(alwaysModel('poor'), sumLog(short, 5))
  expect(few.warnings).toMatchObject([{ code: 'few-effective' }])
  const { estimate = 0, high = 0 } = few.success?.difference ?? {}
  expect(Math.abs(estimate)).toBeGreaterThan(1.5 * (high - estimate))
  expect(few.success?.difference.clear).toBe(false)
})

/** A log in which decisions are repeated: ten of one session, all with the first one's model and result. */
function withSessions(seed: number): SummedLog {
  const firsts = makeLog({ seed, decisions: 300, logging: uniform, clusters: 1 })
  const log = firsts.flatMap((decision, session) =>
    Array.from({ length: 10 }, () => ({ ...decision, cluster: `session-${session}` })),
  )
  return sumLog(log, 5)
}

it('intervals hold where the decisions of a session hang together', async () => {
  let covered = 0
  for (let seed = 1; seed <= 200; seed += 1) {
    const log = withSessions(seed)
    const { success } = await evaluateOne(alwaysModel('cheap'), log)
    const truth = trueSuccess(alwaysModel('cheap'), log)
    if (success !== null && success.snips.low <= truth && truth <= success.snips.high) covered += 1
  }
  expect(covered / 200).toBeGreaterThanOrEqual(0.9)
})

// `npm run bench:intervals` measures more cases over more logs.
it.each([
  ['sessions of a day', { sessionHours: 24, namesSessions: true }],
  ['sessions of half a day, by days of instances', { sessionHours: 12, namesSessions: false }],
])(
  'nothing is clear and intervals cover in %s, where models do not differ',
  async (_, sessions) => {
    const models = ['a', 'b', 'c'].map((modelName) => ({ modelName, logit: 1, chance: 1 / 3 }))
    const truth = meanSuccess(1, 1)
    const targets = models.map(({ modelName }) => alwaysModel(modelName))
    let covered = 0
    let clear = 0
    for (let seed = 1; seed <= 30; seed += 1) {
      const log = makeSessionLog({
        ...{ seed, instances: 20, hours: 72, decisionsPerHour: 1, effect: 1, models },
        ...sessions,
      })
      const { policies } = await evaluatePolicies({ targets, ...sumLog(log, 5) })
      for (const { success } of policies) {
        if (success === null) continue
        if (success.dr.low <= truth && truth <= success.dr.high) covered += 1
        if (success.difference.clear) clear += 1
      }
    }
    // As if decisions were independent, 72 % would cover and 5 be clear.
    expect(covered / 90).toBeGreaterThanOrEqual(0.88)
    expect(clear).toBeLessThanOrEqual(1)
  },
)

it('a policy is compared with what was logged decision by decision: itself is no different', async () => {
  const always = threshold(1)
  const { success, evaluation } = await evaluateOne(
    always,
    sumLog(makeLog({ logging: uniform }), 5),
  )
  expect(success?.ips.estimate).toBeCloseTo(evaluation.logged.success?.estimate ?? 0, 8)
  expect(success?.difference.clear).toBe(false)
  expect(Math.abs(success?.difference.estimate ?? 1)).toBeLessThan(0.01)
})

it('a better model is clearly better and its cost clearly higher', async () => {
  const { success, costUsd, warnings } = await evaluateOne(
    alwaysModel('dear'),
    sumLog(makeLog({ logging: uniform }), 5),
  )
  expect(warnings).toEqual([])
  expect(success?.difference).toMatchObject({ clear: true })
  expect(success?.difference.low).toBeGreaterThan(0)
  expect(costUsd?.difference).toMatchObject({ clear: true })
  expect(costUsd?.dr.estimate).toBeCloseTo(0.4, 1)
})

it('where no model differs, hardly any comparison is called clear', async () => {
  const equal = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((modelName) => ({
    modelName,
    success: { coding: 0.5, chat: 0.5 },
  }))
  const targets = equal.map(({ modelName }) => alwaysModel(modelName))
  let misled = 0
  for (let seed = 1; seed <= 100; seed += 1) {
    const log = sumLog(makeLog({ seed, models: equal, logging: uniform }), 5)
    const { policies } = await evaluatePolicies({ targets, ...log })
    if (policies.some(({ success }) => success?.difference.clear)) misled += 1
  }
  expect(misled).toBeLessThanOrEqual(10)
})

it('a policy that learns is not judged by what it learned from', async () => {
  // All models are equal, so that whatever is found best is so by chance.
  const equal = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((modelName) => ({
    modelName,
    success: { coding: 0.5 },
  }))
  let sum = 0
  for (let seed = 1; seed <= 100; seed += 1) {
    const log = makeLog({ seed, models: equal, taskTypes: ['coding'], logging: uniform })
    const { success } = await evaluateOne(bestSingleModel(), sumLog(log, 5))
    sum += success?.snips.estimate ?? 0
  }
  expect(sum / 100).toBeGreaterThan(0.485)
  expect(sum / 100).toBeLessThan(0.515)
})

it('decisions at a task type of which nothing was learned before are left out and counted', async () => {
  const { evaluation } = await evaluateOne(uniform, sumLog(makeLog(), 5))
  expect(evaluation.unlearned).toBe(400)
  expect(evaluation.decisions).toBe(1_600)
})

it('a model that was hardly drawn gets a warning and no clear answer', async () => {
  const log = sumLog(makeLog({ logging: threshold(0.02), seed: 3 }), 5)
  const { warnings, success } = await evaluateOne(alwaysModel('poor'), log)
  expect(warnings.map(({ code }) => code)).toContain('few-effective')
  expect(success?.difference.clear ?? false).toBe(false)
})

it('a model that was never drawn at a task type gets a warning that says so', async () => {
  const log = makeLog().filter(
    ({ taskType, candidate }) => taskType !== 'chat' || candidate.modelName !== 'poor',
  )
  const { warnings, unsupportedShare } = await evaluateOne(alwaysModel('poor'), sumLog(log, 5))
  expect(unsupportedShare).toBeCloseTo(0.5, 1)
  expect(warnings.map(({ code }) => code)).toContain('unsupported')
})

it('a model that could not always be drawn gets a warning that its weights are off', async () => {
  const log = makeLog({ logging: uniform })
  const half = log.filter(({ candidate }, at) => at < 1_000 || candidate.modelName !== 'dear')
  const { warnings, meanWeight } = await evaluateOne(alwaysModel('dear'), sumLog(half, 5))
  expect(meanWeight).toBeLessThan(0.9)
  expect(warnings.map(({ code }) => code)).toContain('weights-off')
  const complete = await evaluateOne(alwaysModel('dear'), sumLog(log, 5))
  expect(complete.warnings.map(({ code }) => code)).not.toContain('weights-off')
})

it('there is no cost where a model of the policy never reports one', async () => {
  const secretive = models.map(({ costUsd, ...model }) =>
    model.modelName === 'dear' ? model : { ...model, costUsd },
  )
  const log = sumLog(makeLog({ models: secretive, logging: uniform }), 5)
  expect((await evaluateOne(alwaysModel('dear'), log)).costUsd).toBeNull()
  expect((await evaluateOne(alwaysModel('dear'), log)).success).not.toBeNull()
  expect((await evaluateOne(alwaysModel('cheap'), log)).evaluation.logged.costUsd).toBeNull()
})

it('costs that some decisions of each model report stand for those that do not', async () => {
  const log = makeLog({ logging: uniform, decisions: 4_000 }).map((decision, at) =>
    // The dear model reports one cost in four, the others all.
    decision.candidate.modelName === 'dear' && at % 4 !== 0
      ? { ...decision, costUsd: undefined }
      : decision,
  )
  const { costUsd, evaluation } = await evaluateOne(uniform, sumLog(log, 5))
  const mean = (0.4 + 0.02 + 0.1) / 3
  expect(costUsd?.dr.estimate).toBeCloseTo(mean, 1.5)
  expect(costUsd?.ips.estimate).toBeCloseTo(mean, 1.5)
  expect(evaluation.logged.costUsd?.estimate).toBeCloseTo(mean, 1.5)
})

it('the same sums give the same figures, in whatever order they come', async () => {
  const targets = [uniform, bestSingleModel(), thompson(0.01), alwaysModel('dear')]
  const log = sumLog(makeLog(), 5)
  const one = await evaluatePolicies({ targets, ...log })
  const other = await evaluatePolicies({ targets, ...log, logged: [...log.logged].reverse() })
  expect(other).toEqual(one)
})

it('an empty log gives no figures', async () => {
  const { success, evaluation, warnings } = await evaluateOne(uniform, {
    parts: [],
    logged: [],
    clusters: [],
  })
  expect(success).toBeNull()
  expect(evaluation.logged).toEqual({ success: null, reward: null, costUsd: null })
  expect(warnings).not.toEqual([])
})
