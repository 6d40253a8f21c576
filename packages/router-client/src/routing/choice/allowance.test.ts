import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allowedRanking, constraintsOf } from '../request/constraints.ts'
import { createRoutingTable } from '../table/routing-table.ts'
import { createAllowance } from './allowance.ts'

const names = ['small', 'middle', 'large', 'blind', 'dear', 'unknown']
const table = createRoutingTable({
  catalogue: {
    entries: [
      { key: 'small', provider: 'p', model: 's', contextTokens: 100, tools: false },
      { key: 'middle', provider: 'p', model: 'm', contextTokens: 1_000 },
      { key: 'large', provider: 'q', model: 'l', contextTokens: 10_000, images: true },
      { key: 'blind', provider: 'q', model: 'b', contextTokens: 1_000, images: false },
      { key: 'dear', provider: 'q', model: 'd', inputUsdPerMTokens: 50 },
    ],
    replace: true,
  },
  defaults: { winRates: {}, replace: true },
  models: names,
  similarTo: {},
})

const needs = fc.record({
  tokens: fc.constantFrom(0, 100, 101, 1_000, 1_001, 10_000, 10_001, 1e12),
  images: fc.boolean(),
  tools: fc.boolean(),
})
const options = fc.record(
  {
    candidates: fc.subarray(names),
    exclude: fc.subarray([...names, { provider: 'q' }]),
    maxCostUsdPerMTokens: fc.constantFrom(1, 100),
    tools: fc.boolean(),
  },
  { requiredKeys: [] },
)

test('whoever is allowed is whom the constraints allow, in every case that messages make', () => {
  fc.assert(
    fc.property(options, fc.array(needs, { minLength: 1, maxLength: 12 }), (asked, cases) => {
      const ranking = table.ranking({ taskType: 'coding', candidates: asked.candidates })
      const everybody = () => table.ranking({ taskType: 'coding' })
      const allowance = createAllowance({ ranking, everybody, options: asked })
      for (const messages of cases) {
        const { ranking: allowed, leastRefused } = allowance.allowed(messages)
        const expected = allowedRanking(ranking, constraintsOf(asked, messages))
        expect(allowed).toBe(expected)
        expect(leastRefused === undefined).toBe(expected !== undefined)
        if (leastRefused !== undefined) expect(leastRefused.fallbacks).toEqual([])
      }
    }),
  )
})

test('where nobody is a candidate, whom to name follows from these messages, not from earlier ones', () => {
  const ranking = table.ranking({ taskType: 'coding', candidates: [] })
  const everybody = () => table.ranking({ taskType: 'coding' })
  const options = { exclude: ['unknown', 'dear'] }
  const allowance = createAllowance({ ranking, everybody, options })
  const nameFor = (tokens: number) =>
    allowance.allowed({ tokens, images: false, tools: false }).leastRefused?.candidate.modelName
  const fresh = (tokens: number) =>
    createAllowance({ ranking, everybody, options }).allowed({
      tokens,
      images: false,
      tools: false,
    }).leastRefused?.candidate.modelName
  expect(nameFor(1)).toBe(fresh(1))
  expect(nameFor(5_000)).toBe('large')
  expect(allowance.fitsAllTokens).toBe(100)
})

test('the same case is answered by the same object', () => {
  const ranking = table.ranking({ taskType: 'coding' })
  const allowance = createAllowance({ ranking, everybody: () => ranking, options: {} })
  const few = allowance.allowed({ tokens: 1, images: false, tools: false })
  expect(allowance.allowed({ tokens: 99, images: false, tools: false })).toBe(few)
  expect(allowance.allowed({ tokens: 101, images: false, tools: false })).not.toBe(few)
  expect(allowance.fitsAllTokens).toBe(100)
})
