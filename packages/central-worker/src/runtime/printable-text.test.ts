import { expect, test } from 'vitest'
import { printable, printableLines } from './printable-text.ts'

test.each([
  ['\u001b[2Jgone', '\\u001b[2Jgone'],
  ['\u009b31m', '\\u009b31m'],
  ['a\u0007b\u007f', 'a\\u0007b\\u007f'],
  ['one\ntwo\r\t', 'one\\u000atwo\\u000d\\u0009'],
  ['abc\u202edcba\u2066', 'abc\\u202edcba\\u2066'],
  ['zero\u200bwidth\u2028line', 'zero\\u200bwidth\\u2028line'],
  ['half \ud800', 'half \\ud800'],
])('%j cannot steer a terminal', (text, shown) => {
  expect(printable(text)).toBe(shown)
})

test('text in any script stays as it is', () => {
  for (const text of ['claude-opus (high)', 'überlegen', '模型', 'مدل', "o'brien <b>&", '🦊']) {
    expect(printable(text)).toBe(text)
  }
})

test('JSON says the same as before', () => {
  const facts = { model: 'a\u001b\u009b\u202e\u{e0041}z' }
  const shown = printableLines(JSON.stringify(facts))
  expect(shown).toMatch(/^[ -~]+$/)
  expect(JSON.parse(shown)).toEqual(facts)
})

test('lines stay lines', () => {
  expect(printableLines('one\n\u001btwo\n')).toBe('one\n\\u001btwo\n')
})
