import {
  createBorrowing,
  createPosteriors,
  expectReward,
  noEvidence,
  type PriorMass,
  posteriorMean,
  posteriorOf,
  priorEstimate,
  taskBase,
} from '@winrate/shared-schema/scoring'
import { runAtOnce } from '@winrate/shared-schema/steps'
import { expect, test } from 'vitest'
import { type SnapshotRow, snapshotFromTable } from '../../testing/snapshot-from-table.ts'
import { readLearnedCells } from '../table/learned-cells.ts'
import { expectNow } from './rated-candidate.ts'

const asked = { modelName: 'a', provider: 'unknown', thinkingLevel: 'high' }

function row(fields: Partial<SnapshotRow>): SnapshotRow {
  return { taskType: 'coding', model: 'a', samples: 0, successes: 0, ...fields }
}

function posteriorsOf(
  rows: readonly SnapshotRow[],
  defaults: Record<string, Record<string, number>> = {},
) {
  const table = runAtOnce(readLearnedCells(snapshotFromTable(rows)))
  const borrowsFrom = createBorrowing({ table, assumed: Object.keys(defaults) })
  return createPosteriors({ table, defaults: [defaults], borrowsFrom, similarity: () => 0 })
}

test('a thinking level’s prior rests on the other levels and on what has faded, not on its own evidence', () => {
  const rows = [
    row({ thinkingLevel: 'high', samples: 1_000, successes: 900 }),
    row({ thinkingLevel: 'low', samples: 10, successes: 0, fadedEvidence: 5, fadedReward: 0.4 }),
    row({ samples: 30, successes: 30 }),
  ]
  const base = taskBase([{ mass: 1_040, reward: 930 / 1_040 }])
  const related = { mass: 45, reward: (30 + 2) / 45 }
  const mean = priorEstimate({ base, elsewhere: [], related })
  const posterior = posteriorsOf(rows)('coding', asked, 10)
  const { alpha, beta } = posteriorOf({ mean, mass: 10 }, { mass: 1_000, reward: 0.9 })
  expect(posterior.alpha).toBeCloseTo(alpha, 9)
  expect(posterior.beta).toBeCloseTo(beta, 9)
})

test('what has faded of a cell makes its prior heavier, up to twice', () => {
  const massWith = (fadedEvidence: number) => {
    const rows = [row({ thinkingLevel: 'high', fadedEvidence, fadedReward: 0.5 })]
    const { alpha, beta } = posteriorsOf(rows)('coding', asked, 10)
    return alpha + beta
  }
  expect(massWith(0)).toBeCloseTo(10, 9)
  expect(massWith(4)).toBeCloseTo(14, 9)
  expect(massWith(400)).toBeCloseTo(20, 9)
})

test('a learned prior is worth what the models of its task type tell, an operator’s what it says', () => {
  const rows = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].map((model) =>
    row({ model, samples: 400, successes: 280 }),
  )
  const priorMassOf = (priorMass: PriorMass) => {
    const { alpha, beta } = posteriorsOf(rows)('coding', { ...asked, modelName: 'new' }, priorMass)
    return alpha + beta
  }
  const { priorMass } = taskBase(rows.map(() => ({ mass: 400, reward: 0.7 })))
  expect(priorMass).toBeGreaterThan(15)
  expect(priorMassOf('learned')).toBeCloseTo(priorMass, 9)
  expect(priorMassOf(12)).toBeCloseTo(12, 9)
})

test('a candidate is drawn as if so many times as many outcomes were known of it, with the same mean', () => {
  const learned = posteriorsOf([row({ thinkingLevel: 'high', samples: 50, successes: 40 })])(
    'coding',
    asked,
    10,
  )
  const double = { ...learned, alpha: 2 * learned.alpha, beta: 2 * learned.beta }
  expect(expectReward(learned).distribution(2)).toEqual(expectReward(double).distribution(1))
  expect(expectReward(learned).mean).toBeCloseTo(expectReward(double).mean, 12)
})

test('an own outcome moves even a posterior that is as good as certain, and keeps it proper', () => {
  const rows = [row({ thinkingLevel: 'high', evidence: Number.MAX_VALUE, reward: 1 })]
  const recent = [1, 1]
  const own = { recent: () => recent, pending: () => ({ mass: 2, reward: 1 }) }
  const now = expectNow(own, posteriorsOf(rows)('coding', asked, 1))
  expect(now.mean).toBeCloseTo(1, 6)
  const distribution = now.distribution(1)
  expect(distribution.every((upTo) => upTo >= 0 && upTo <= 1)).toBe(true)
})

test('a failing model is expected to do worse at once when its last outcomes all failed', () => {
  const rows = [row({ thinkingLevel: 'high', samples: 1_000, successes: 990 })]
  const own = { recent: () => [0, 0, 0], pending: () => noEvidence }
  const learned = posteriorsOf(rows)('coding', asked, 10)
  const { mean, distribution } = expectNow(own, learned)
  expect(mean).toBeLessThan(0.3)
  const below = distribution(1)[255] ?? 0
  expect(below).toBeGreaterThan(0.9)
})

test('only a task type without any default borrows those of the others', () => {
  const priorOf = (taskType: string, defaults: Record<string, Record<string, number>>) =>
    posteriorMean(posteriorsOf([], defaults)(taskType, asked, 10))
  const borrowed = (1 * 0.5 + 0.15 * 0.5 * 0.9) / (1 + 0.15 * 0.5)
  expect(priorOf('own', { chat: { a: 0.9 } })).toBeCloseTo(borrowed, 9)
  expect(priorOf('coding', { chat: { a: 0.9 }, coding: { b: 0.2 } })).toBeCloseTo(0.5, 9)
})

test('what was expected before is expected again only while the own outcomes are the same', () => {
  let recent: readonly number[] = []
  let pending = { mass: 0, reward: 0 }
  const own = { recent: () => [...recent], pending: () => ({ ...pending }) }
  const learned = posteriorsOf([row({ samples: 50, successes: 40 })])('coding', asked, 10)
  let before = expectNow(own, learned)
  const isSame = () => {
    const now = expectNow(own, learned, before)
    const same = now === before
    before = now
    return same
  }
  expect(isSame()).toBe(true)
  pending = { mass: 1, reward: 0 }
  expect([isSame(), isSame()]).toEqual([false, true])
  pending = { mass: 1, reward: 1 }
  expect([isSame(), isSame()]).toEqual([false, true])
  recent = [0, 1]
  expect([isSame(), isSame()]).toEqual([false, true])
  recent = [1, 1]
  expect([isSame(), isSame()]).toEqual([false, true])
})
