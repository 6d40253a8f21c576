import { afterStratum } from '@winrate/shared-schema/contracts'
import { conditionalRate, DEFAULT_DEPENDENCE } from '@winrate/shared-schema/scoring'
import { runAtOnce } from '@winrate/shared-schema/steps'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { aggregateWindow } from '../testing/aggregate-window.ts'
import { aRow } from '../window/testing/window-rows.ts'
import { type EscalationCell, learnDependence } from './learn-dependence.ts'

const rates = { haiku: 0.5, sonnet: 0.65, opus: 0.8 } as const
type Model = keyof typeof rates
const models: readonly Model[] = ['haiku', 'sonnet', 'opus']

const cell = (taskType: string, modelName: string, evidence: number, reward: number) => ({
  ...{ taskType, modelName, evidence, reward },
})
const plain = (taskType: string, evidence = 2_000) =>
  models.map((model) => cell(taskType, model, evidence, rates[model]))
const after = (taskType: string, failed: readonly Model[], model: Model, s: number, evidence: number) =>
  cell(
    `${taskType}/${afterStratum(failed)}`,
    model,
    evidence,
    conditionalRate(failed.map((name) => rates[name]), rates[model], s),
  ) // biome-ignore format: one line
const laterAt = (taskType: string, s: number, evidence: number) => [
  after(taskType, ['haiku'], 'sonnet', s, evidence),
  after(taskType, ['haiku'], 'opus', s, evidence),
  after(taskType, ['haiku', 'sonnet'], 'opus', s, evidence),
]
const learn = (cells: readonly EscalationCell[]) => runAtOnce(learnDependence(cells))

it.each([0.5, 1.5, 3, 4])('learns a dependence of %f from what later attempts achieve', (s) => {
  const [learned] = learn([...plain('coding'), ...laterAt('coding', s, 1_500)])
  expect(learned?.taskType).toBe('coding')
  expect(learned?.dependence).toBeGreaterThan(s - 0.35)
  expect(learned?.dependence).toBeLessThan(s + 0.35)
})

it('goes from the usual dependence to the own one as evidence comes', () => {
  const at = (evidence: number) =>
    learn([...plain('coding'), ...laterAt('coding', 0.5, evidence)])[0]?.dependence ?? Number.NaN
  expect(at(0.5)).toBeCloseTo(DEFAULT_DEPENDENCE, 1)
  expect(at(20)).toBeGreaterThan(at(200))
  expect(at(20)).toBeLessThan(at(1))
})

it('says nothing of task types without later attempts, or without plain rates to compare with', () => {
  expect(learn(plain('coding'))).toEqual([])
  expect(learn(laterAt('coding', 2, 100))).toEqual([])
  expect(learn([...plain('coding', 5), ...laterAt('coding', 2, 100)])).toEqual([])
  const unknown = cell('coding/@after-unreadable', 'opus', 100, 0.2)
  expect(learn([...plain('coding'), unknown])).toEqual([])
})

it('learns each task type and path by itself, whatever names are like', () => {
  const names = ['claude haiku', 'a_and_b', '文心一言', 'x'.repeat(200)]
  const cells = ['chat', 'coding/rust'].flatMap((task) => [
    ...[...names, 'opus'].map((name) => cell(task, name, 500, 0.7)),
    ...names.map((name) => cell(`${task}/${afterStratum([name])}`, 'opus', 300, 0.65)),
  ])
  const learned = learn([...cells, ...plain('planning')])
  expect(learned.map(({ taskType }) => taskType)).toEqual(['chat', 'coding/rust'])
  for (const { dependence } of learned) expect(dependence).toBeLessThan(1.2)
})

it('one instance moves it no more than one instance may, however many outcomes it sends', () => {
  const honest = Array.from({ length: 20 }, (_, at) => `agent-${at}`)
  const learnWith = (liesOfOne: number) => {
    const rescued = conditionalRate([rates.haiku], rates.opus, 2)
    const rows = [...honest, 'liar'].flatMap((instanceId) => [
      aRow({ instanceId, modelName: 'haiku', samples: 200, successes: 100 }),
      aRow({ instanceId, modelName: 'opus', samples: 200, successes: 160 }),
      aRow({
        ...{ instanceId, modelName: 'opus', taskType: 'coding/@after-haiku' },
        samples: instanceId === 'liar' ? liesOfOne : 50,
        successes: instanceId === 'liar' ? 0 : Math.round(50 * rescued),
      }),
    ])
    const { dependence } = aggregateWindow(rows, { hour: new Date(0) })
    return dependence[0]?.dependence ?? Number.NaN
  }
  const without = learnWith(0)
  expect(without).toBeCloseTo(2, 0)
  const asOne = Math.abs(learnWith(50) - without)
  expect(Math.abs(learnWith(20_000) - without)).toBeLessThanOrEqual(3 * asOne + 0.05)
})

it('is a dependence, whatever the cells', () => {
  const cells = fc.array(
    fc.record({
      taskType: fc.constantFrom(
        'a',
        'a/b',
        'a/@after-haiku',
        'a/b/@after-opus_and_haiku',
        'a/@after--',
      ),
      modelName: fc.constantFrom(...models, '', '界'),
      evidence: fc.double({ min: 0, max: 1e9, noNaN: true }),
      reward: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    }),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(cells, (given) => {
      for (const { dependence } of learn(given)) {
        expect(dependence).toBeGreaterThanOrEqual(0)
        expect(dependence).toBeLessThanOrEqual(5)
      }
    }),
  )
})
