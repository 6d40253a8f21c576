import { expect, test } from 'vitest'
import type { Candidate } from './candidate.ts'
import { createDecisionMemory, type DecisionMemory } from './decision-memory.ts'

const candidate: Candidate = { provider: 'p', model: 'm', modelName: 'm' }

function remember(
  memory: DecisionMemory,
  decisionId: string,
  { tokens = 1, fallbacks = 0 }: { readonly tokens?: number; readonly fallbacks?: number } = {},
): void {
  memory.remember(
    {
      decision: {
        ...candidate,
        decisionId,
        taskType: 'coding',
        fallbacks: new Array<Candidate>(fallbacks).fill(candidate),
        reason: 'best',
        propensity: 1,
        winRate: 0.5,
        confidence: 0,
        samples: 0,
        source: 'unknown',
        score: 0.5,
        snapshotVersion: undefined,
      },
      question: { taskType: 'coding' },
      constraints: {
        exclude: [],
        maxCostUsdPerMTokens: undefined,
        tokens,
        images: false,
        tools: false,
      },
    },
    [decisionId],
  )
}

function count(times: number, has: (decisionId: string) => unknown): number {
  return Array.from({ length: times }, (_, at) => has(String(at)) !== undefined).filter(Boolean)
    .length
}

test('the last 10,000 decisions are found, and twice as many are never kept', () => {
  const memory = createDecisionMemory({ keepMessages: false })
  for (let at = 0; at < 30_000; at += 1) remember(memory, String(at))
  expect(memory.find('20000')).toBeDefined()
  expect(count(30_000, memory.find)).toBeLessThanOrEqual(20_000)
})

test('of decisions among very many candidates fewer are kept', () => {
  const memory = createDecisionMemory({ keepMessages: false })
  for (let at = 0; at < 5_000; at += 1) remember(memory, String(at), { fallbacks: 999 })
  expect(memory.find('4500')).toBeDefined()
  expect(count(5_000, memory.find)).toBeLessThanOrEqual(2_000)
})

test('the messages of 2,000 decisions wait for their outcomes, and are handed out once', () => {
  const memory = createDecisionMemory({ keepMessages: true })
  for (let at = 0; at < 5_000; at += 1) remember(memory, String(at))
  expect(memory.takeMessages('4999')).toMatchObject({ messages: ['4999'], count: 1 })
  expect(memory.takeMessages('4999')).toBeUndefined()
  expect(count(5_000, memory.takeMessages)).toBe(1_999)
})

test('long messages are let go of sooner', () => {
  const memory = createDecisionMemory({ keepMessages: true })
  for (let at = 0; at < 100; at += 1) remember(memory, String(at), { tokens: 1_000_000 })
  expect(count(100, memory.takeMessages)).toBe(8)
  remember(memory, 'endless', { tokens: 1e12 })
  expect(memory.takeMessages('endless')).toBeUndefined()
  remember(memory, 'next')
  expect(memory.takeMessages('next')).toBeDefined()
})
