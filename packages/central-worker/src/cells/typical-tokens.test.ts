import { expect, test } from 'vitest'
import { aggregateWindow, type WindowRow } from '../testing/aggregate-window.ts'
import { aRow } from '../window/testing/window-rows.ts'

const hour = new Date(0)

/** Calls that take 10,000 input tokens, 9,000 of them from the cache, and 500 output tokens. */
function calls(count: number, fields: Partial<WindowRow> = {}): WindowRow {
  return aRow({
    ...{ samples: count, tokenCount: count, inputTokenSum: 10_000 * count },
    ...{ cacheReadTokenSum: 9_000 * count, outputTokenSum: 500 * count },
    ...fields,
  })
}

const usual = { input: 10_000, cacheRead: 9_000, output: 500 }
const tokensOf = (rows: readonly WindowRow[]) =>
  Object.fromEntries(aggregateWindow(rows, { hour }).tokens)

test('what a call takes is told by task type, whatever the model', () => {
  const rows = [
    calls(50),
    calls(50, { modelName: 'claude', provider: 'anthropic' }),
    calls(20, {
      taskType: 'chat',
      inputTokenSum: 2_000,
      cacheReadTokenSum: 0,
      outputTokenSum: 4_000,
    }),
    aRow({ taskType: 'research', samples: 100 }),
  ]
  expect(tokensOf(rows)).toEqual({ coding: usual, chat: { input: 100, cacheRead: 0, output: 200 } })
})

test('answers that nobody judged tell their tokens, too', () => {
  expect(tokensOf([calls(50, { samples: 0 })])).toEqual({ coding: usual })
})

test('fewer than five calls tell nothing', () => {
  expect(tokensOf([calls(4)])).toEqual({})
})

test('one call of a billion tokens decides nothing, also where one instance reports all', () => {
  const spans = [0, 1, 2, 3, 4].map((span) => calls(20, { span }))
  const wrong = calls(1, { span: 2, inputTokenSum: 1e9, cacheReadTokenSum: 0, outputTokenSum: 1e9 })
  expect(tokensOf([...spans, wrong])).toEqual({ coding: usual })
})

test.each([
  ['many tokens', { inputTokenSum: 1e12, outputTokenSum: 1e12, cacheReadTokenSum: 0 }],
  ['none', { inputTokenSum: 0, outputTokenSum: 0, cacheReadTokenSum: 0 }],
])('of three instances none decides it, however many calls of %s it reports', (_, sums) => {
  const honest = ['one', 'two'].map((instanceId) => calls(50, { instanceId }))
  expect(tokensOf([...honest, calls(1e6, { instanceId: 'hostile', ...sums })])).toEqual({
    coding: usual,
  })
})

test('sums that a correction leaves below zero for a moment are none', () => {
  expect(tokensOf([calls(10, { inputTokenSum: -5, cacheReadTokenSum: -9 })])).toEqual({
    coding: { input: 0, cacheRead: 0, output: 500 },
  })
})

test('what an operator leaves out does not tell tokens', () => {
  const rows = [calls(50), calls(50, { instanceId: 'bad', inputTokenSum: 1e9 })]
  const verdicts = new Map([['bad', 'quarantined' as const]])
  expect(Object.fromEntries(aggregateWindow(rows, { hour, verdicts }).tokens)).toEqual({
    coding: usual,
  })
})
