import { cellKey } from '@winrate/shared-schema/contracts'
import { expect, test } from 'vitest'
import { seededRandom } from '../window/testing/window-rows.ts'
import { describeUnequal } from './describe-missing.ts'
import { type DecidedBlock, findUnequalVerdicts } from './find-missing.ts'

interface Fleet {
  readonly seed: number
  readonly answers?: number
  readonly instances?: number
  /** Answers of a conversation, whose user judges all of them or none. */
  readonly session?: number
  /** Chance that an answer has a verdict. */
  readonly judged: (facts: { model: number; success: boolean; instance: number }) => number
}

const RATES = [0.5, 0.9, 0.7]

const cellOf = (at: number) => ({
  ...{ taskType: 'coding', modelName: `model-${at}`, provider: 'p', thinkingLevel: '' },
})

/** Two days of answers of three models. */
function answerBlocks({ seed, judged, answers = 12_000, instances = 10, session = 1 }: Fleet) {
  const random = seededRandom(seed)
  const blocks = new Map<string, { -readonly [Name in keyof DecidedBlock]: DecidedBlock[Name] }>()
  for (let number = 0; number < answers; number += session) {
    const period = Math.floor((number / answers) * 8)
    const instance = Math.floor(random() * instances)
    const model = Math.floor(random() * 3)
    const key = `${model} ${instance} ${period}`
    const block = blocks.get(key) ?? {
      ...{ ...cellOf(model), instanceId: `instance-${instance}`, period },
      ...{ decided: 0, answered: 0, reported: answers, isNew: false },
    }
    blocks.set(key, block)
    const draw = random()
    for (let turn = 0; turn < session; turn += 1) {
      const success = random() < (RATES[model] ?? 0)
      block.decided += 1
      const chance = session > 1 ? draw : random()
      if (chance < judged({ model, success, instance })) block.answered += 1
    }
  }
  return [...blocks.values()]
}

const seeds = (count: number) => Array.from({ length: count }, (_, at) => at + 1)

test.each<[string, Omit<Fleet, 'seed'>]>([
  ['one in ten', { judged: () => 0.1 }],
  ['one in a hundred', { judged: () => 0.01 }],
  ['all of them', { judged: () => 1 }],
  ['none', { judged: () => 0 }],
  ['all of some instances, hardly any of others', { judged: ({ instance }) => 0.98 ** instance }],
  ['all of a conversation or none', { judged: () => 0.3, session: 10 }],
  ['of an instance alone', { judged: () => 0.3, session: 5, instances: 1 }],
])('where all models are judged alike, nothing alarms: %s', (_, fleet) => {
  const alarms = seeds(100).reduce(
    (sum, seed) => sum + findUnequalVerdicts(answerBlocks({ seed, ...fleet })).length,
    0,
  )
  expect(alarms).toBeLessThanOrEqual(1)
})

test('a model whose answers can hardly be judged is named, with what it lacks', () => {
  let named = 0
  for (const seed of seeds(20)) {
    const found = findUnequalVerdicts(
      answerBlocks({ seed, judged: ({ model }) => (model === 0 ? 0.2 : 0.5) }),
    )
    const [clearest] = [...found].sort((one, other) => other.z - one.z)
    if (clearest?.modelName !== 'model-0') continue
    named += 1
    expect(clearest.relativeShare).toBeGreaterThan(0.3)
    expect(clearest.relativeShare).toBeLessThan(0.5)
  }
  expect(named).toBeGreaterThanOrEqual(19)
})

test('a model whose bad answers draw most of the verdicts is named, with how many more it has', () => {
  let named = 0
  for (const seed of seeds(20)) {
    const judged = ({ model, success }: { model: number; success: boolean }) =>
      model === 0 && !success ? 0.3 : 0.05
    const found = findUnequalVerdicts(answerBlocks({ seed, judged }))
    const own = found.find(({ modelName }) => modelName === 'model-0')
    if (own === undefined) continue
    named += 1
    expect(own.z).toBeLessThan(-4)
    expect(own.relativeShare).toBeGreaterThan(2)
    expect(describeUnequal(found)).toMatch(
      /^answers of model-0 at coding have about \d+ % more verdicts .* 2 more/,
    )
  }
  expect(named).toBeGreaterThanOrEqual(19)
})

test('a model that differed goes on until it is as good as equal', () => {
  const blocks = (share: number) =>
    answerBlocks({ seed: 3, answers: 120_000, judged: ({ model }) => (model === 0 ? share : 0.5) })
  const known = new Set([cellKey(cellOf(0))])
  expect(findUnequalVerdicts(blocks(0.46))).toEqual([])
  expect(findUnequalVerdicts(blocks(0.46), known)).toMatchObject([{ modelName: 'model-0' }])
  expect(findUnequalVerdicts(blocks(0.54), known)).toMatchObject([{ modelName: 'model-0' }])
  expect(findUnequalVerdicts(blocks(0.49), known)).toEqual([])
})

test('an instance that claims many answers makes no model differ', () => {
  const honest = answerBlocks({ seed: 1, judged: () => 0.5 })
  const claims = [0, 1, 2].flatMap((at) =>
    seeds(30).map((liar) => ({
      ...{ ...cellOf(at), instanceId: `invented-${liar}`, period: 7, isNew: true },
      ...{ decided: 5_000, answered: at === 0 ? 0 : 5_000, reported: 15_000 },
    })),
  )
  expect(findUnequalVerdicts([...honest, ...claims])).toEqual([])
})
