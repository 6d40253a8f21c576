import { expect, test } from 'vitest'
import { seededRandom } from '../window/testing/window-rows.ts'
import { type DrawnBlock, findMissingOutcomes } from './missing-outcomes.ts'

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
  const blocks = new Map<string, DrawnBlock>()
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
      const known = blocks.get(key)
      blocks.set(key, {
        ...{ taskType: 'coding', model: `model-${at}`, instanceId, period },
        weight: (known?.weight ?? 0) + weight,
        weightSquare: (known?.weightSquare ?? 0) + weight ** 2,
      })
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
    alarms += findMissingOutcomes(drawnBlocks({ seed, decisions: 6_000, ...fleet })).length
  }
  expect(alarms).toBeLessThanOrEqual(1)
})

test.each([
  ['of 6,000 decisions with equal chances', { decisions: 6_000, missing: 0.6, isUniform: true }],
  ['of many decisions that hardly ever take it', { decisions: 60_000, missing: 0.9 }],
])('a model is named whose failures are mostly not reported, %s', (_, fleet) => {
  let named = 0
  for (let seed = 1; seed <= 20; seed += 1) {
    const found = findMissingOutcomes(drawnBlocks({ seed, ...fleet }))
    expect(found.filter(({ model }) => model !== 'model-0')).toEqual([])
    named += found.length
  }
  expect(named).toBeGreaterThanOrEqual(19)
})
