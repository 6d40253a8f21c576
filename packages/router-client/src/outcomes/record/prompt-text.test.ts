import { expect, test } from 'vitest'
import { promptText } from './prompt-text.ts'

const LONGEST = 1_048_576

test('a string is itself, a message its role and text, a list a line each', () => {
  expect(promptText('as it is\n')).toBe('as it is\n')
  expect(promptText({ role: 'user', content: 'hello' })).toBe('user\nhello')
  const messages = [
    { content: 'be brief', role: 'system' },
    { role: 'user', content: [{ type: 'text', text: 'one' }, 'two'] },
  ]
  expect(promptText(messages)).toBe('system\nbe brief\nuser\none\ntext\ntwo')
  expect(promptText(messages, 1)).toBe('system\nbe brief')
})

test('the order of properties does not change the text', () => {
  const one = { role: 'user', name: 'n', content: 'c', more: { b: '2', a: '1' } }
  const other = { more: { a: '1', b: '2' }, content: 'c', name: 'n', role: 'user' }
  expect(promptText([one])).toBe('user\nc\n1\n2\nn')
  expect(promptText([other])).toBe(promptText([one]))
  expect(promptText({ b: 'b', a: 'a' })).toBe('a\nb')
  expect(promptText({ content: 'c', role: 'r' })).toBe('r\nc')
})

test('empty texts are lines, other values are not', () => {
  expect(promptText(['', '', 'x'])).toBe('\n\nx')
  expect(promptText([''])).toBe('')
  expect(promptText([1, null, undefined, true, new Uint8Array(3), 'x'])).toBe('x')
})

test('the text is cut after 2^20 characters', () => {
  expect(promptText('x'.repeat(LONGEST + 5))).toHaveLength(LONGEST)
  const long = ['x'.repeat(LONGEST - 1), 'beyond', 'never']
  expect(promptText(long)).toHaveLength(LONGEST - 1)
  const nested: unknown[] = []
  nested.push(nested, 'itself')
  expect(promptText(nested).startsWith('itself')).toBe(true)
})
