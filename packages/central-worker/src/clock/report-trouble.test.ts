import { expect, test } from 'vitest'
import { createTroubleReport } from './report-trouble.ts'

function createReport() {
  const lines: string[] = []
  const log = (level: string) => (facts: { cause: string }, message: string) => {
    lines.push(`${level} ${message}: ${facts.cause}`)
  }
  let nowMs = 0
  const report = createTroubleReport({
    // biome-ignore lint/suspicious/noExplicitAny: pino's overloads say more than this test needs
    logger: { warn: log('warn'), info: log('info') } as any,
    backend: 'redis',
    nowMs: () => nowMs,
  })
  return {
    ...report,
    lines,
    pass(ms: number) {
      nowMs += ms
    },
  }
}

test('a cause is logged once, and again when it changes', () => {
  const { begin, lines } = createReport()
  begin('the clock is 7200 s ahead')
  begin('the clock is 7201 s ahead')
  begin('Redis is full (OOM of one script)')
  begin('Redis is full (OOM of another)')
  expect(lines).toEqual([
    'warn ticks-delayed: the clock is 7200 s ahead',
    'warn ticks-delayed: Redis is full (OOM of one script)',
  ])
})

test('a cause that lasts is logged again every ten minutes', () => {
  const { begin, pass, lines } = createReport()
  for (let minute = 0; minute < 25; minute += 1) {
    begin('Redis is full')
    pass(60_000)
  }
  expect(lines).toHaveLength(3)
})

test('the end is logged once, and only after a beginning', () => {
  const { begin, end, cause, lines } = createReport()
  end()
  begin('Redis is full')
  expect(cause()).toBe('Redis is full')
  end()
  end()
  expect(cause()).toBeUndefined()
  expect(lines).toEqual([
    'warn ticks-delayed: Redis is full',
    'info ticks-recovered: Redis is full',
  ])
})
