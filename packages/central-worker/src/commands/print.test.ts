import { expect, test } from 'vitest'
import { formatTable } from './print.ts'

test('a cell of a table stays in its row and its column', () => {
  const table = formatTable([
    ['model', 'samples'],
    ['a\nb\u001b[31m', '1'],
  ])
  expect(table.split('\n')).toEqual(['model               samples', 'a\\u000ab\\u001b[31m  1'])
})
