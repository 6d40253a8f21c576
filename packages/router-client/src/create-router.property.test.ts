import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRouter } from './create-router.ts'
import type { Router } from './router.ts'
import type { Decision } from './routing/memory/decision.ts'
import { staticSnapshots } from './snapshots/sources/static-snapshots.ts'
import { recordingSink } from './testing/recording-sink.ts'
import { snapshotFromTable } from './testing/snapshot-from-table.ts'

// fast-check looks into the values it makes, which these do not stand: tokens stand for them.
const tokens: Record<string, () => unknown> = {
  'token:throwing': throwing,
  'token:revoked': revoked,
  'token:circular': circular,
}
const hostile = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
  fc.constantFrom(...Object.keys(tokens)),
)

/** Puts the hostile values where their tokens are. */
function summon(value: unknown): unknown {
  if (typeof value === 'string' && Object.hasOwn(tokens, value)) return tokens[value]!()
  if (Array.isArray(value)) return value.map(summon)
  if (
    typeof value !== 'object' ||
    value === null ||
    Object.getPrototypeOf(value) !== Object.prototype
  ) {
    return value
  }
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, summon(field)]))
}

function throwing(): object {
  const fail = () => {
    throw new Error('hostile')
  }
  return new Proxy([], { get: fail, has: fail, ownKeys: fail, getOwnPropertyDescriptor: fail })
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function circular(): object {
  const loop: Record<string, unknown> = {}
  return Object.assign(loop, { candidates: [loop], exclude: loop, content: loop, prompt: loop })
}

/** The router as untyped code sees it. */
interface Untyped {
  route(...args: unknown[]): ReturnType<Router['route']>
  rankedForTask(...args: unknown[]): ReturnType<Router['rankedForTask']>
  getWinRate(...args: unknown[]): ReturnType<Router['getWinRate']>
  recordPreference(...args: unknown[]): ReturnType<Router['recordPreference']>
  explain(...args: unknown[]): ReturnType<Router['explain']>
}

test('nothing throws, whatever it is given, and every decision can be used', () => {
  const router = createRouter({ outcomes: recordingSink() })
  const untyped = router as unknown as Untyped
  fc.assert(
    fc.property(hostile, hostile, hostile, (...given) => {
      const [one, two, three] = given.map(summon)
      const decision = untyped.route(one, two, three)
      expect(decision.model === '').toBe(decision.reason === 'no-candidate-allowed')
      expect(decision.reason).not.toBe('internal-error')
      expect(decision.propensity).toBeGreaterThan(0)
      untyped.rankedForTask(one, two)
      expect(untyped.getWinRate(one, two, three).winRate).toBeGreaterThanOrEqual(0)
      expect(untyped.recordPreference(one)).toMatch(/^(queued|dropped)$/)
      expect(untyped.explain(one).summary).not.toBe('')
    }),
    { numRuns: 500 },
  )
  const { recorded, sent, buffered, dropped } = router.status().outcomes
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0)
  expect(recorded).toBe(sent + buffered + lost)
})

test('nothing throws for options and outcomes that are nearly right', () => {
  const router = createRouter({ outcomes: recordingSink() })
  const untyped = router as unknown as Untyped
  const options = fc.record(
    {
      prefer: fc.oneof(hostile, fc.record({ cost: hostile, speed: fc.double() })),
      candidates: fc.oneof(hostile, fc.array(fc.oneof(hostile, fc.record({ model: hostile })))),
      exclude: fc.oneof(hostile, fc.array(fc.oneof(hostile, fc.record({ provider: hostile })))),
      maxCostUsdPerMTokens: fc.oneof(hostile, fc.double()),
      thinkingLevel: fc.oneof(hostile, fc.string()),
      risk: hostile,
      sessionKey: fc.oneof(hostile, fc.string()),
      tools: hostile,
    },
    { requiredKeys: [] },
  )
  const outcome = fc.record(
    {
      success: hostile,
      qualityScore: fc.double(),
      prompt: hostile,
      occurredAt: hostile,
      model: hostile,
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(hostile, options, outcome, (messages, given, facts) => {
      const decision = untyped.route(summon(messages), 'coding', summon(given))
      expect(decision.reason).not.toBe('internal-error')
      const { decisionId } = decision
      const result = untyped.recordPreference(summon({ ...facts, decisionId }))
      expect(result).toMatch(/^(queued|dropped)$/)
    }),
    { numRuns: 500 },
  )
})

const names = ['codex', 'claude-opus', 'gpt-4o', 'own-a', 'own-b']
const row = fc.record({
  taskType: fc.constantFrom('coding', 'analysis', 'own'),
  model: fc.constantFrom(...names),
  samples: fc.integer({ min: 1, max: 500 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
})
const rows = fc
  .uniqueArray(row, { selector: ({ taskType, model }) => `${taskType} ${model}`, maxLength: 12 })
  .map((list) =>
    list.map(({ share, ...cell }) => ({ ...cell, successes: Math.floor(cell.samples * share) })),
  )
const request = fc.record({
  taskType: fc.constantFrom('coding', 'analysis', 'own', 'new-one'),
  candidates: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }),
  exclude: fc.array(fc.constantFrom(...names), { maxLength: 3 }),
  prefer: fc.constantFrom(
    undefined,
    'cost' as const,
    'speed' as const,
    { within: 0.05, then: 'cost' as const },
    { within: 0.05, then: 'speed' as const, confidence: 0.8 },
  ),
})

/** Without its id, which its reference begins with. */
function unnamed({ decisionId, reference, ...rest }: Decision) {
  return { ...rest, reference: reference.replace(decisionId, '') }
}

test('equal routers make equal decisions, and every decision keeps its constraints', () => {
  const settings = fc.record({ rows, seed: fc.integer(), exploration: fc.constantFrom(0, 0.1, 1) })
  fc.assert(
    fc.property(
      settings,
      fc.array(request, { maxLength: 20 }),
      ({ rows, seed, exploration }, requests) => {
        const make = () =>
          createRouter({
            snapshots: staticSnapshots(snapshotFromTable(rows)),
            seed,
            policy: { kind: 'threshold', exploration },
            instanceId: 'agent-1',
          })
        const [one, other] = [make(), make()]
        for (const { taskType, candidates, exclude, prefer } of requests) {
          const options = { candidates, exclude, ...(prefer === undefined ? {} : { prefer }) }
          const decision = one.route('x', taskType, options)
          expect(unnamed(other.route('x', taskType, options))).toEqual(unnamed(decision))
          const allowed = candidates.filter((name) => !exclude.includes(name))
          expect(decision.reason === 'no-candidate-allowed').toBe(allowed.length === 0)
          if (allowed.length === 0) continue
          expect(allowed).toContain(decision.modelName)
          const all = [decision, ...decision.fallbacks].map(({ modelName }) => modelName)
          expect([...all].sort()).toEqual([...allowed].sort())
        }
      },
    ),
  )
})
