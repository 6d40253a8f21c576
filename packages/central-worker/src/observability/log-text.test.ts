import { expect, test } from 'vitest'
import { createLogger } from './create-logger.ts'
import { createLogText, type LogOutput } from './log-text.ts'

/** What a terminal shows of what is logged, with the clock replaced. */
function shown(
  log: (logger: ReturnType<typeof createLogger>) => void,
  output: Omit<LogOutput, 'write'> = {},
): string {
  let text = ''
  const write = (part: string) => {
    text += part
  }
  log(createLogger('debug', createLogText({ ...output, write })))
  return text.replace(/\d\d:\d\d:\d\d/g, '12:34:56')
}

test('a message is one line: clock, level, message, fields', () => {
  expect(
    shown((logger) => {
      logger.info({ url: 'http://127.0.0.1:8787', cells: 3, best: ['a b'] }, 'snapshot-published')
      logger.warn('ticks-delayed')
    }),
  ).toBe(
    `12:34:56  info  snapshot-published url=http://127.0.0.1:8787 cells=3 best=["a b"]
12:34:56  warn  ticks-delayed
`,
  )
})

test('a terminal that does not know its width breaks lines itself', () => {
  const log = (logger: ReturnType<typeof createLogger>) => logger.info({ a: 1, b: 2 }, 'message')
  expect(shown(log, { columns: 0 })).toBe('12:34:56  info  message a=1 b=2\n')
})

test.each([80, 120])('at %i columns lines break between fields', (columns) => {
  const fields = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [`field${at}`, `value-${at}`]),
  )
  const lines = shown((logger) => logger.info(fields, 'message'), { columns })
    .trimEnd()
    .split('\n')
  expect(lines.length).toBeGreaterThan(1)
  for (const [at, line] of lines.entries()) {
    expect(line.length).toBeLessThanOrEqual(columns)
    if (at > 0) expect(line).toMatch(/^ {16}field\d+=value-\d+( |$)/)
  }
  expect(lines.join(' ').match(/field\d+=value-\d+/g)).toHaveLength(20)
})

test('an error is shown with its code and its stack, indented', () => {
  const text = shown((logger) => {
    const error = Object.assign(new Error('connect postgres://a:hidden@db'), {
      code: 'ECONNREFUSED',
    })
    logger.error({ err: error }, 'tick-failed')
  })
  expect(text).toMatch(
    /^12:34:56 {2}error tick-failed type=Error code=ECONNREFUSED\n {16}Error: connect postgres:\/\/a:…@db\n {16} {4}at /,
  )
})

test('colours only where the terminal has them', () => {
  const log = (logger: ReturnType<typeof createLogger>) => logger.error('x')
  const control = String.fromCharCode(27)
  expect(shown(log, { hasColors: () => true })).toContain(`${control}[31merror${control}[39m`)
  expect(shown(log, { hasColors: () => false })).not.toContain(control)
})

test('no name and no message of an error steers the terminal', () => {
  const evil = 'a\u001b[2J\u009b31m\u202eb'
  const text = shown((logger) => {
    logger.warn({ model: evil, [evil]: 1, err: new Error(evil) }, 'cell-changed')
  })
  expect(text.replaceAll('\n', '')).toMatch(/^\P{Cc}*$/u)
  expect(text).not.toMatch(/\p{Cf}/u)
  expect(text).toContain('model=a\\u001b[2J\\u009b31m\\u202eb')
})
