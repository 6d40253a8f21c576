import { expect, test } from 'vitest'
import { createLogger, hidePasswords } from './create-logger.ts'

test.each([
  ['postgres://agent:secret@host/db', 'postgres://agent:…@host/db'],
  ['postgres://agent:se@cret@host/db', 'postgres://agent:…@host/db'],
  ['cannot reach redis://:secret@host:6379 now', 'cannot reach redis://:…@host:6379 now'],
  ['http://127.0.0.1:8787 answers', 'http://127.0.0.1:8787 answers'],
])('of %j the log shows %j', (text, shown) => {
  expect(hidePasswords(text)).toBe(shown)
})

function logged(log: (logger: ReturnType<typeof createLogger>) => void): string[] {
  const lines: string[] = []
  log(createLogger('info', { write: (line: string) => lines.push(line) }))
  return lines
}

test('a line stays short whatever an error or a field holds, and stays JSON', () => {
  const text = 'x'.repeat(5_000_000)
  const lines = logged((logger) => {
    logger.error({ err: new Error(text) }, 'tick-failed')
    logger.info({ cells: Array.from({ length: 100_000 }, (_, at) => `cell-${at}`) }, 'many')
    logger.info({ text }, 'long')
    logger.info(Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [at, at])), 'wide')
    logger.info({ names: Array.from({ length: 100 }, () => ({ name: 'n'.repeat(900) })) }, 'deep')
  })
  expect(lines).toHaveLength(5)
  for (const line of lines) {
    expect(line.length).toBeLessThan(20_000)
    expect(line.endsWith('\n')).toBe(true)
  }
  const [failed, many, long, wide, deep] = lines.map((line) => JSON.parse(line))
  expect(failed).toMatchObject({ level: 'error', msg: 'tick-failed', err: { type: 'Error' } })
  expect(failed.err.message).toMatch(/^x+… 4998000 more characters$/)
  expect(many.cells.at(0)).toBe('cell-0')
  expect(many.cells.at(-1)).toBe('… 99980 more')
  expect(long.text).toMatch(/more characters$/)
  expect(wide).toMatchObject({ level: 'info', msg: 'wide', leftOut: expect.any(String) })
  expect(deep.names).toHaveLength(21)
})

test('an ordinary line is not touched', () => {
  const [line = ''] = logged((logger) => logger.info({ best: Array(30).fill('coding') }, 'usual'))
  expect(JSON.parse(line).best).toHaveLength(30)
})

test('no name steers the terminal that shows a line, and the line says the same', () => {
  const name = 'evil\u001b[31m\u009b2J\u202e\u2028'
  const [line = ''] = logged((logger) => logger.warn({ name }, 'instance-quarantined'))
  expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}](?!$)/u)
  expect(JSON.parse(line)).toMatchObject({ name })
})
