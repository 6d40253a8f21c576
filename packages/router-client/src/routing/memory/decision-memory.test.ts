import { expect, test } from 'vitest'
import type { Candidate } from '../table/candidate.ts'
import { createDecisionMemory, type DecisionMemory } from './decision-memory.ts'

const candidate: Candidate = { provider: 'p', model: 'm', modelName: 'm' }
const estimate = { winRate: 0.5, confidence: 0, samples: 0, source: 'unknown' } as const
const asked = {
  question: { taskType: 'coding' },
  options: {},
  complaint: undefined,
  problems: [],
} as const
const MADE_AT_MS = Date.UTC(2026, 0, 1)

function remember(
  memory: DecisionMemory,
  message: string,
  { tokens = 1, fallbacks = 0 }: { readonly tokens?: number; readonly fallbacks?: number } = {},
): string {
  const others = new Array<Candidate>(fallbacks).fill(candidate)
  const made = {
    asked,
    choice: { candidate, estimate, score: 0.5, fallbacks: others },
    reason: 'best' as const,
    propensity: 1,
    snapshotVersion: undefined,
    needs: { tokens, images: false, tools: false },
  }
  return memory.remember(made, MADE_AT_MS, [message])
}

function rememberMany(times: number, ...how: [DecisionMemory, Parameters<typeof remember>[2]?]) {
  const [memory, fields] = how
  return Array.from({ length: times }, (_, at) => remember(memory, String(at), fields))
}

const count = (ids: readonly string[], has: (decisionId: string) => unknown) =>
  ids.filter((id) => has(id) !== undefined).length

test('the last 10,000 decisions are found by their ids, and no more are kept', () => {
  const memory = createDecisionMemory({ keepMessages: false })
  const ids = Array.from({ length: 30_000 }, (_, at) => remember(memory, '', { tokens: at }))
  expect(new Set(ids).size).toBe(30_000)
  expect(count(ids, memory.find)).toBe(10_000)
  expect(memory.find(ids[20_000])?.needs.tokens).toBe(20_000)
  expect(memory.find(ids[19_999])).toBeUndefined()
})

test('a decision that was found is let go of like any other', () => {
  const memory = createDecisionMemory({ keepMessages: true })
  const [id = ''] = rememberMany(1, memory)
  expect(memory.find(id)).toBeDefined()
  rememberMany(10_000, memory)
  expect(memory.find(id)).toBeUndefined()
  expect(memory.takeMessages(id)).toBeUndefined()
})

test('an id that was not given is not found, however like one that was', () => {
  const memory = createDecisionMemory({ keepMessages: false })
  // One alone: the id of its neighbour differs in a single digit, too.
  const [id = ''] = rememberMany(1, memory)
  const other = createDecisionMemory({ keepMessages: false })
  const [foreign] = rememberMany(3, other)
  const changed = (at: number) => id.slice(0, at) + (id[at] === '0' ? '1' : '0') + id.slice(at + 1)
  const alike = [...id].map((_, at) => changed(at))
  for (const wrong of [foreign, '', 'x', id.toUpperCase().slice(1), `${id}0`, 5, null, ...alike]) {
    expect(memory.find(wrong)).toBeUndefined()
  }
  expect(memory.find(id)).toBeDefined()
})

test('of decisions among very many candidates fewer are kept', () => {
  const memory = createDecisionMemory({ keepMessages: false })
  const ids = rememberMany(5_000, memory, { fallbacks: 999 })
  expect(count(ids, memory.find)).toBe(1_000)
  const [heavy] = rememberMany(1, memory, { fallbacks: 3_000_000 })
  expect(memory.find(heavy)).toBeDefined()
  expect(count(ids, memory.find)).toBe(0)
})

test('the messages of 2,000 decisions wait for their outcomes, and are handed out once', () => {
  const memory = createDecisionMemory({ keepMessages: true })
  const ids = rememberMany(5_000, memory)
  const last = ids[4_999] ?? ''
  expect(memory.takeMessages(last)).toMatchObject({ messages: ['4999'], count: 1 })
  expect(memory.takeMessages(last)).toBeUndefined()
  expect(count(ids, memory.takeMessages)).toBe(1_999)
})

test('long messages are let go of sooner', () => {
  const memory = createDecisionMemory({ keepMessages: true })
  const ids = rememberMany(100, memory, { tokens: 1_000_000 })
  expect(count(ids, memory.takeMessages)).toBe(8)
  const endless = remember(memory, 'endless', { tokens: 1e12 })
  expect(memory.takeMessages(endless)).toBeUndefined()
  const next = remember(memory, 'next')
  expect(memory.takeMessages(next)).toBeDefined()
})
