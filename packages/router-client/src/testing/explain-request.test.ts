import { writtenPolicySchema } from '@winrate/shared-schema/scoring'
import { describe, expect, it } from 'vitest'
import { createRouter } from '../create-router.ts'
import { explainRequest } from './explain-request.ts'
import { snapshotFromTable } from './snapshot-from-table.ts'
import { staticSource } from './static-source.ts'

const policy = writtenPolicySchema.parse({ kind: 'thompson' })
const p = { provider: 'p' }
const rows = [
  { ...p, taskType: 'coding', model: 'a', samples: 200, successes: 150, costUsd: 0.01 },
  { ...p, taskType: 'coding', model: 'b', samples: 80, successes: 70, costUsd: 0.2 },
  {
    ...p,
    taskType: 'coding',
    model: 'c',
    samples: 2,
    successes: 2,
    fadedEvidence: 9,
    fadedReward: 0.4,
  },
  { ...p, taskType: 'chat', model: 'a', samples: 500, successes: 480, responseTimeMs: 900 },
  { ...p, taskType: 'coding/rust', model: 'b', samples: 30, successes: 3 },
]
const candidates = ['a', 'b', 'c', 'd'].map((model) => ({ provider: 'p', model }))
const snapshot = snapshotFromTable(rows, { policy })
const sum = (parts: object) => Object.values(parts).reduce((all, one) => all + one, 0)

describe('explainRequest', () => {
  it.each<[string, object]>([
    ['coding', {}],
    ['coding', { prefer: 'cost' }],
    ['coding', { prefer: { winRate: 1, speed: 2 } }],
    ['coding', { valueUsd: 0.5 }],
    ['coding', { prefer: { within: 0.05, then: 'cost' } }],
    ['coding/rust', {}],
    ['chat', {}],
    ['unheard-of', {}],
  ])('%s with %j: the parts add up to the score', async (taskType, options) => {
    const explained = await explainRequest(snapshot, taskType, { candidates, ...options })
    expect(explained.candidates).toHaveLength(4)
    for (const { expectation, score } of explained.candidates) {
      if (expectation === undefined) throw new Error('no expectation')
      expect(sum(expectation.parts)).toBeCloseTo(score, 9)
      const { low95, low50, mean, high50, high95 } = expectation
      expect([low95, low50, high50, high95]).toEqual([low95, low50, high50, high95].sort())
      expect(mean).toBeGreaterThan(low95)
      expect(mean).toBeLessThan(high95)
      expect(expectation.priorMass).toBeGreaterThan(0)
    }
  })

  it('of many candidates the best are told, as far as asked for', async () => {
    const { candidates: all } = await explainRequest(snapshot, 'coding', { candidates })
    const told = await explainRequest(snapshot, 'coding', { candidates }, { most: 2 })
    expect(told.candidates).toEqual(all.slice(0, 2))
  })

  it('tells the chances and scores of a router', async () => {
    const router = createRouter({ snapshots: staticSource(snapshot), logger: false })
    await router.ready()
    const { candidates: told } = router.explain(router.route('', 'coding', { candidates }))
    const { candidates: explained } = await explainRequest(snapshot, 'coding', { candidates })
    const numbersOf = (all: typeof told) =>
      all.map(({ modelName, chance, score, winRate }) => ({ modelName, chance, score, winRate }))
    expect(numbersOf(explained)).toEqual(numbersOf(told))
    await router.close()
  })

  it('the chance to be best rests on the posteriors alone, of refused candidates, too', async () => {
    const ask = async (options: object) => {
      const { candidates: told } = await explainRequest(snapshot, 'coding', {
        candidates: candidates.slice(0, 2),
        ...options,
      })
      return new Map(told.map((one) => [one.modelName, one]))
    }
    const plain = await ask({})
    const [a, b] = ['a', 'b'].map((name) => plain.get(name)?.expectation?.distribution ?? [])
    if (a === undefined || b === undefined) throw new Error('no distributions')
    // P(a > b): of each cell of a, what lies below its middle of b.
    const above = [...a].reduce((sum, upTo, cell) => {
      const middle = ((b[cell - 1] ?? 0) + (b[cell] ?? 0)) / 2
      return sum + (upTo - (a[cell - 1] ?? 0)) * middle
    }, 0)
    expect(plain.get('a')?.chanceToBeBest).toBeCloseTo(above, 3)
    expect(plain.get('b')?.chanceToBeBest).toBeCloseTo(1 - above, 3)
    const cheap = await ask({ prefer: 'cost' })
    expect(cheap.get('b')?.chance).toBeLessThan((plain.get('b')?.chance ?? 0) / 2)
    const refused = await ask({ exclude: [{ model: 'b' }] })
    expect(refused.get('b')).toMatchObject({ chance: 0, refused: 'excluded' })
    for (const other of [cheap, refused]) {
      for (const name of ['a', 'b']) {
        expect(other.get(name)?.chanceToBeBest).toBeCloseTo(
          plain.get(name)?.chanceToBeBest ?? -1,
          12,
        )
      }
    }
  })

  it('a request whose answers are checked is decided by a plan, as call() does', async () => {
    const plain = await explainRequest(snapshot, 'coding', { candidates })
    expect(plain.decision.plan).toBeUndefined()
    const router = createRouter({ snapshots: staticSource(snapshot), logger: false })
    await router.ready()
    const options = { candidates, risk: 'high' } as const
    const { decision } = await router.call('coding', '', () => Promise.resolve('fine'), {
      ...options,
      verify: () => true,
    })
    await router.close()
    const checked = await explainRequest(snapshot, 'coding', options, { isVerified: true })
    expect(checked.decision.plan).toEqual(decision.plan)
    expect(checked.decision).toMatchObject({ reason: 'planned', modelName: decision.modelName })
  })

  it('tells what each part rests on', async () => {
    const { candidates: told } = await explainRequest(snapshot, 'coding', { candidates })
    const partsOf = (name: string) =>
      told.find(({ modelName }) => modelName === name)?.expectation?.parts
    expect(partsOf('a')?.elsewhere).toBeGreaterThan(0)
    expect(partsOf('c')?.related).toBeLessThan(0)
    expect(partsOf('c')?.caution).toBeLessThan(0)
    expect(partsOf('d')?.own).toBe(0)
    expect(partsOf('b')?.cost).toBeLessThan(partsOf('a')?.cost ?? 0)
  })

  it('has no expectations under a policy without posteriors, and none of its own in an experiment', async () => {
    const holdout = {
      ...{ share: 1, baseline: 'a', since: '2026-01-01T00:00:00.000Z' },
      id: '0198a000-0000-7000-8000-000000000001',
    }
    const threshold = snapshotFromTable(rows, {
      policy: { kind: 'threshold', exploration: 0, holdout },
    })
    const { candidates: told, decision } = await explainRequest(threshold, 'coding', { candidates })
    const posteriors = told.map((one) => one.expectation ?? one.chanceToBeBest)
    expect(posteriors).toEqual([undefined, undefined, undefined, undefined])
    expect(decision.reason).toBe('best')
  })

  it('explains whatever it is given', async () => {
    for (const given of [undefined, null, 7, 'x', { candidates: 3 }, { exclude: [{}] }]) {
      expect((await explainRequest(undefined, given, given)).summary).not.toBe('')
    }
  })
})
