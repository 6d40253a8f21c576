import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import type { Comparison, SuccessRates } from '../baselines/compare-routing.ts'
import type { DemoReport } from './demo-report.ts'
import type { LiveState } from './live-state.ts'
import { renderLive } from './render-live.ts'
import { renderReport } from './render-report.ts'
import { createScreen } from './screen.ts'
import { createTextStyle } from './text-style.ts'

const plain = createTextStyle(false)

const rates: SuccessRates = {
  decisions: 27048,
  random: 0.4991,
  first: 0.5572,
  learned: 0.6797,
  learnedLastQuarter: 0.7305,
  bestSingle: 0.7036,
  bestPerTask: 0.7941,
}

const report: DemoReport = {
  published: 27048,
  stored: 27048,
  duplicates: 0,
  rejected: 0,
  queued: 0,
  snapshots: 45,
  routeP50Ns: 8123,
  routeP99Ns: 41_000,
  outcomeToSnapshotMs: 812,
  overall: rates,
  tasks: { analysis: rates, planning: { ...rates, decisions: 3, learnedLastQuarter: null } },
}

const comparison: Comparison = {
  overall: rates,
  tasks: report.tasks,
  bestSingle: ['openai/o1-preview-2024-09-12'],
  first: { analysis: ['anthropic/claude-3-opus-20240229'], planning: [] },
  bestPerTask: { analysis: ['openai/o1-preview-2024-09-12'], planning: ['x/y', 'x/z'] },
}

const live: LiveState = {
  decisions: 17_310,
  totalDecisions: 27_048,
  elapsedMs: 26_400,
  stored: 17_002,
  queued: 12,
  snapshot: 27,
  tasks: [
    {
      taskType: 'analysis',
      best: { model: 'openai/o1-preview-2024-09-12', winRate: 0.963 },
      samples: 1204,
    },
    {
      taskType: `a${'-very'.repeat(12)}-long-name`,
      best: { model: `provider/${'x'.repeat(100)}`, winRate: 1 },
      samples: 1_234_567,
    },
    { taskType: 'planning', best: undefined, samples: 0 },
  ],
}

function output(facts: { isTTY?: boolean; columns?: number } = {}) {
  let written = ''
  return {
    ...facts,
    write: (text: string) => {
      written += text
    },
    text: () => written,
  }
}

test('The live table shows progress and the best model so far per task type', () => {
  const text = renderLive(live, plain).join('\n')
  expect(text).toContain('63 %')
  expect(text).toContain('17,310 decisions  0:26')
  expect(text).toMatch(/analysis +openai\/o1-preview-2024-09-12 +96\.3 % +1,204/)
  expect(text).toMatch(/planning +– +0/)
  expect(text).toContain('snapshot 27, 17,002 outcomes stored, 12 messages in the queue')
})

test('The live display stays within 80 columns, with and without colours, for any names', () => {
  for (const style of [plain, createTextStyle(true)]) {
    for (const line of renderLive(live, style)) {
      expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(80)
    }
  }
})

test('All rows of the live table have the same width', () => {
  const rows = renderLive(live, createTextStyle(true)).slice(2, 6).map(stripVTControlCharacters)
  expect(new Set(rows.map((row) => row.length)).size).toBe(1)
})

test('The report has one row per task type and one for all', () => {
  const text = renderReport(report, comparison, plain).join('\n')
  expect(text).toMatch(/analysis +27,048 +49\.9 +55\.7 +68\.0 +73\.0 +70\.4 +79\.4/)
  expect(text).toMatch(/planning +3 .* – /)
  expect(text).toMatch(/all +27,048/)
  expect(text).toMatch(/analysis +claude-3-opus-20240229 +o1-preview-2024-09-12/)
  expect(text).toContain('27,048 published, 27,048 stored')
  expect(text).toContain('0 duplicate, 0 rejected, 0 still queued')
  expect(text).toContain('p50 8.1 µs, p99 41.0 µs')
  expect(text).toContain('after 812 ms (median)')
  expect(text).toContain('Every published outcome is stored, once.')
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
})

test('A run that lost an outcome says so', () => {
  const text = renderReport({ ...report, stored: 27_047 }, comparison, plain).join('\n')
  expect(text).toContain('Not every published outcome is stored.')
})

test('A terminal is redrawn in place, and its cursor is restored', () => {
  const terminal = output({ isTTY: true, columns: 100 })
  const screen = createScreen(terminal, { colours: true })
  const height = renderLive(live, plain).length
  screen.show(live)
  const first = terminal.text()
  screen.show({ ...live, decisions: 20_000 })
  expect(terminal.text().slice(first.length)).toContain(`\u001b[${height}F`)
  screen.settle()
  expect(terminal.text().endsWith('\u001b[?25h')).toBe(true)
})

test('Messages during the replay stay above the live display', () => {
  const terminal = output({ isTTY: true, columns: 80 })
  const screen = createScreen(terminal, { colours: false })
  screen.show(live)
  const before = terminal.text().length
  screen.say('the worker ended')
  const after = terminal.text().slice(before)
  expect(after.indexOf('the worker ended')).toBeLessThan(after.indexOf('17,310'))
})

test.each([
  ['a pipe', {}],
  ['a narrow terminal', { isTTY: true, columns: 60 }],
])('%s gets plain lines, one for every tenth', (_, facts) => {
  const pipe = output(facts)
  const screen = createScreen(pipe, { colours: true })
  for (let decisions = 0; decisions <= 1000; decisions += 10) {
    screen.show({ ...live, decisions, totalDecisions: 1000 })
  }
  screen.settle()
  expect(pipe.text()).not.toContain('\u001b')
  expect(pipe.text().trimEnd().split('\n')).toHaveLength(11)
})
