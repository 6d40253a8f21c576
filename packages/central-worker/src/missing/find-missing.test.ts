import { cellKey } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { seededRandom } from '../window/testing/window-rows.ts'
import { type DecidedBlock, type DrawnBlock, findMissing } from './find-missing.ts'

const RATES = [0.6, 0.75, 0.5]
const HOURS = 96

interface Fleet {
  readonly seed: number
  readonly decisions: number
  readonly missing?: number
  /** Decisions that share a draw. */
  readonly session?: number
  /** The hour from which the last model is a candidate. */
  readonly newFrom?: number
  /** Whether all models keep equal chances. */
  readonly isUniform?: boolean
}

const cellOf = (at: number) => ({
  ...{ taskType: 'coding', modelName: `model-${at}`, provider: 'p', thinkingLevel: '' },
})

/** A fleet of ten instances that learns: the longer it runs, the rarer the worse models become. */
function drawnBlocks({
  seed,
  decisions,
  missing = 0,
  session = 1,
  newFrom = 0,
  isUniform = false,
}: Fleet) {
  const random = seededRandom(seed)
  const blocks = new Map<string, { -readonly [Name in keyof DrawnBlock]: DrawnBlock[Name] }>()
  for (let number = 0; number < decisions; number += session) {
    const hour = Math.floor((number / decisions) * HOURS)
    const rare = isUniform ? 1 / 3 : Math.max(0.01, 0.33 - hour / 60)
    const chances = hour < newFrom ? [rare, 1 - rare, 0] : [rare, 1 - 2 * rare, rare]
    const instanceId = `instance-${Math.floor(random() * 10)}`
    let place = random()
    const at = chances.findIndex((chance) => {
      place -= chance
      return place < 0
    })
    for (let turn = 0; turn < session; turn += 1) {
      const failed = random() >= (RATES[at] ?? 0)
      if (at === 0 && failed && random() < missing) continue
      const weight = 1 / (chances[at] ?? 1)
      const period = Math.floor(hour / 6)
      const key = `${at} ${period} ${instanceId}`
      const block = blocks.get(key) ?? {
        ...{ ...cellOf(at), instanceId, period },
        ...{ weight: 0, weightSquare: 0, draws: 0 },
      }
      blocks.set(key, block)
      block.weight += weight
      block.weightSquare += weight ** 2
      block.draws += 1
    }
  }
  return [...blocks.values()]
}

test.each([
  ['each decision has a draw of its own', {}],
  ['sessions of ten decisions share a draw', { session: 10 }],
  ['a model comes on the second day', { newFrom: 30 }],
])('where all outcomes are reported nothing alarms: %s', (_, fleet) => {
  let alarms = 0
  for (let seed = 1; seed <= 100; seed += 1) {
    alarms += findMissing([], drawnBlocks({ seed, decisions: 6_000, ...fleet })).length
  }
  expect(alarms).toBeLessThanOrEqual(1)
})

test.each([
  ['of 6,000 decisions with equal chances', { decisions: 6_000, missing: 0.6, isUniform: true }],
  ['of many decisions that hardly ever take it', { decisions: 60_000, missing: 0.9 }],
])('a model is named whose failures are mostly not reported, %s', (_, fleet) => {
  let named = 0
  for (let seed = 1; seed <= 20; seed += 1) {
    const found = findMissing([], drawnBlocks({ seed, ...fleet }))
    expect(found.filter(({ modelName }) => modelName !== 'model-0')).toEqual([])
    named += found.length
  }
  expect(named).toBeGreaterThanOrEqual(19)
})

interface Decided {
  readonly seed: number
  readonly instances?: number
  readonly decisions?: number
  /** Chance that an outcome is reported, of an instance and model. */
  readonly reported?: (instance: number, model: number, hour: number) => number
  readonly session?: number
}

/** Two days of a fleet whose models are drawn with chances that move. */
function decidedBlocks({ seed, reported = () => 1, ...fleet }: Decided) {
  const { instances = 20, decisions = 6_000, session = 1 } = fleet
  const random = seededRandom(seed)
  const blocks = new Map<string, { -readonly [Name in keyof DecidedBlock]: DecidedBlock[Name] }>()
  const outcomes = new Map<string, number>()
  for (let number = 0; number < decisions; number += session) {
    const hour = Math.floor((number / decisions) * 48)
    const rare = Math.max(0.05, 0.33 - hour / 100)
    const draw = random()
    const at = draw < rare ? 0 : draw < 2 * rare ? 1 : 2
    const instance = Math.floor(random() * instances)
    const key = `${at} ${instance} ${Math.floor(hour / 6)}`
    const block = blocks.get(key) ?? {
      ...{ ...cellOf(at), instanceId: `instance-${instance}`, period: Math.floor(hour / 6) },
      ...{ decided: 0, answered: 0, reported: 0, isNew: false },
    }
    blocks.set(key, block)
    const isSessionReported = random() < reported(instance, at, hour)
    for (let turn = 0; turn < session; turn += 1) {
      block.decided += 1
      if (session > 1 ? isSessionReported : random() < reported(instance, at, hour)) {
        block.answered += 1
        outcomes.set(block.instanceId, (outcomes.get(block.instanceId) ?? 0) + 1)
      }
    }
  }
  return [...blocks.values()].map((block) => ({
    ...block,
    reported: outcomes.get(block.instanceId) ?? 0,
  }))
}

const seeds = (count: number) => Array.from({ length: count }, (_, at) => at + 1)

test.each<[string, Omit<Decided, 'seed'>]>([
  ['all models alike lack some', { reported: () => 0.8 }],
  ['sessions of ten are reported or not as a whole', { reported: () => 0.8, session: 10 }],
  ['some instances hardly report anything', { reported: (instance) => (instance < 8 ? 0.05 : 1) }],
  ['nobody reports by night', { reported: (_, __, hour) => (hour % 24 < 8 ? 0.1 : 0.95) }],
  ['an instance alone', { instances: 1, reported: () => 0.8, session: 5 }],
  ['two instances', { instances: 2, reported: () => 0.8, session: 5 }],
])("what every model lacks is no one model's: %s", (_, fleet) => {
  const alarms = seeds(100).reduce(
    (sum, seed) => sum + findMissing(decidedBlocks({ seed, ...fleet }), []).length,
    0,
  )
  expect(alarms).toBeLessThanOrEqual(1)
})

test.each<[string, Omit<Decided, 'seed'>]>([
  ['of a fleet', {}],
  ['of an instance alone', { instances: 1 }],
])('a model whose outcomes are a quarter short is named, with what it lacks: %s', (_, fleet) => {
  let named = 0
  for (const seed of seeds(20)) {
    const reported = (_: number, at: number) => (at === 0 ? 0.76 : 1)
    const found = findMissing(decidedBlocks({ seed, ...fleet, reported }), [])
    expect(found.filter(({ modelName }) => modelName !== 'model-0')).toEqual([])
    named += found.length
    for (const { reportedShare, failuresPerOutcome } of found) {
      expect(reportedShare).toBeCloseTo(0.76, 0.9)
      expect(failuresPerOutcome).toBeCloseTo(1 / reportedShare - 1, 1)
    }
  }
  expect(named).toBeGreaterThanOrEqual(19)
})

test('a model of which nothing is ever reported counts as failing by its decisions', () => {
  const blocks = decidedBlocks({ seed: 1, reported: (_, at) => (at === 0 ? 0 : 1) })
  const decided = blocks.reduce(
    (sum, block) => sum + (block.modelName === 'model-0' ? block.decided : 0),
    0,
  )
  const [found] = findMissing(blocks, [])
  expect(found).toMatchObject({ modelName: 'model-0', reportedShare: 0, failuresPerOutcome: 19 })
  expect(found?.leastFailures).toBe(Number(decided.toPrecision(2)))
})

interface Claims {
  readonly period?: number
  readonly decided?: number
  /** Outcomes that they have sent. */
  readonly reported?: number
  readonly isNew?: boolean
}

/** What liars claim of the last model, beside an honest fleet. */
function claims(
  liars: readonly string[],
  { period = 7, decided = 1_000_000, reported = decided, isNew = true }: Claims = {},
): DecidedBlock[] {
  return liars.flatMap((instanceId) =>
    [0, 1, 2].map((at) => ({
      ...{ ...cellOf(at), instanceId, period, decided, reported, isNew },
      answered: at === 2 ? 0 : decided,
    })),
  )
}

const invented = (count: number) => seeds(count).map((at) => `invented-${at}`)

test('neither one instance nor many invented ones condemn a model, however much they claim', () => {
  for (const seed of seeds(20)) {
    const honest = decidedBlocks({ seed, instances: 8 })
    const old = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((period) =>
      claims(['instance-3'], { period, isNew: false }),
    )
    expect(findMissing([...honest, ...old], [])).toEqual([])
    expect(findMissing([...honest, ...claims(invented(200), { decided: 50 })], [])).toEqual([])
  }
})

test.each([1, 2, 3, 8])(
  'invented instances that date hours back condemn no model of a fleet of %d',
  (instances) => {
    for (const seed of seeds(20)) {
      const honest = decidedBlocks({ seed, instances })
      for (const count of [7, 30]) {
        for (const decided of [50, 5_000]) {
          const told = [0, 7].flatMap((period) => claims(invented(count), { period, decided }))
          expect(findMissing([...honest, ...told], [])).toEqual([])
        }
      }
    }
  },
)

test('what old instances tell weighs no more than the outcomes that they have sent', () => {
  const honest = decidedBlocks({ seed: 1, instances: 8 })
  const told = { decided: 5_000, reported: 3, isNew: false }
  expect(findMissing([...honest, ...claims(invented(30), told)], [])).toEqual([])
})

test('newcomers are judged where nobody is known, and beside known ones that lack the same', () => {
  const reported = (_: number, at: number) => (at === 0 ? 0.5 : 1)
  const blocks = decidedBlocks({ seed: 1, reported })
  for (const isNew of [() => true, (name: string) => name !== 'instance-1']) {
    const some = blocks.map((block) => ({ ...block, isNew: isNew(block.instanceId) }))
    expect(findMissing(some, [])).toHaveLength(1)
  }
})

test('what lacks outcomes goes on until it clearly lacks them no more', () => {
  const fleet = { seed: 3, decisions: 60_000 }
  const key = cellKey(cellOf(0))
  const lacking = (share: number) =>
    decidedBlocks({ ...fleet, reported: (_, at) => (at === 0 ? 1 - share : 1) })
  expect(findMissing(lacking(0.08), [])).toEqual([])
  expect(findMissing(lacking(0.08), [], new Set([key]))).toHaveLength(1)
  expect(findMissing(lacking(0.03), [], new Set([key]))).toEqual([])
})

test('many invented names take no more time than the blocks that they are', () => {
  const honest = decidedBlocks({ seed: 1, reported: (_, at) => (at === 0 ? 0.5 : 1) })
  let read = 0
  const names = seeds(4_000).map((at) => ({
    ...{ ...cellOf(at + 2), instanceId: 'instance-1', period: 7, answered: 1, isNew: false },
    reported: 100,
    get decided() {
      read += 1
      return 1
    },
  }))
  expect(findMissing([...honest, ...names], [])).toMatchObject([{ modelName: 'model-0' }])
  expect(read).toBeLessThan(10 * names.length)
})

test('clients that tell few of the decisions do not turn the weights off', () => {
  const drawn = drawnBlocks({ seed: 1, decisions: 6_000, missing: 0.6, isUniform: true })
  const told = decidedBlocks({ seed: 1, instances: 4 })
  const weighed = { modelName: 'model-0', failuresPerOutcome: 0 }
  expect(findMissing(told, drawn)).toMatchObject([weighed])
  expect(findMissing(claims(['hostile']), drawn)).toMatchObject([weighed])
})

test('clients that tell what they decided overrule the weights of their task type alone', () => {
  const drawn = drawnBlocks({ seed: 1, decisions: 6_000, missing: 0.6, isUniform: true })
  const elsewhere = drawn.map((block) => ({ ...block, taskType: 'chat' }))
  const found = findMissing(decidedBlocks({ seed: 1 }), [...drawn, ...elsewhere])
  expect(found).toMatchObject([{ taskType: 'chat', modelName: 'model-0', failuresPerOutcome: 0 }])
})
