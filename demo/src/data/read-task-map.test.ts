import { expect, test } from 'vitest'
import { UsageError } from '../errors.ts'
import { bundledTaskMapFile } from './bundled-data.ts'
import { parseTaskMap, readTaskMap } from './read-task-map.ts'

test('A task map gives task types by source and category', () => {
  const map = parseTaskMap('{"bench": {"easy": "coding", "sql": "sql-review"}}', 'f')
  expect(map['bench']).toEqual({ easy: 'coding', sql: 'sql-review' })
})

test.each([
  ['{', /f: is not JSON/],
  ['[]', /f: must be/],
  ['{"bench": "coding"}', /bench/],
  ['{"bench": {"easy": "Not A Type"}}', /bench → easy must be a task type/],
])('%j is refused', (text, message) => {
  expect(() => parseTaskMap(text, 'f')).toThrow(UsageError)
  expect(() => parseTaskMap(text, 'f')).toThrow(message)
})

test('The error names a missing file', async () => {
  await expect(readTaskMap('absent-task-map.json')).rejects.toThrow(/absent-task-map.json/)
})

test('The bundled map has built-in task types and two custom ones', async () => {
  const map = await readTaskMap(bundledTaskMapFile)
  const types = new Set(Object.values(map).flatMap((categories) => Object.values(categories)))
  expect([...types].sort()).toEqual(['analysis', 'commonsense', 'math', 'planning', 'refactoring'])
})
