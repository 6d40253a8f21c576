import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDuplicateCount, parseDuplicates, readWorkerMetrics } from './worker-figures.ts'

let answer = { status: 200, text: '' }
const server = createServer((_, response) => {
  response.statusCode = answer.status
  response.end(answer.text)
})
let url = ''

beforeEach(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const counter = (value: number) =>
  `# TYPE winrate_outcomes_duplicate_total counter\nwinrate_outcomes_duplicate_total ${value}\n`

test('The counter of duplicates is found among other metrics', () => {
  expect(parseDuplicates(`winrate_outcomes_stored_total 9\n${counter(3)}`)).toBe(3)
  expect(parseDuplicates('winrate_outcomes_duplicate_total{app="x"} 4')).toBe(4)
  expect(parseDuplicates('winrate_outcomes_stored_total 9')).toBeUndefined()
})

test('The count continues over the lives of a worker', async () => {
  const duplicates = createDuplicateCount()
  for (const value of [2, 5, 1, 3]) {
    answer = { status: 200, text: counter(value) }
    await duplicates.observe(url)
  }
  expect(duplicates.total()).toBe(5 + 3)
})

test('A worker that does not answer changes nothing', async () => {
  const duplicates = createDuplicateCount()
  answer = { status: 200, text: counter(2) }
  await duplicates.observe(url)
  answer = { status: 503, text: counter(9) }
  await duplicates.observe(url)
  await duplicates.observe('http://127.0.0.1:1')
  expect(duplicates.total()).toBe(2)
  expect(await readWorkerMetrics(url)).toBeUndefined()
})

test('Metrics match the worker’s contract', async () => {
  const body = {
    epoch: '00000000-0000-4000-8000-000000000000',
    ...{ version: 3, windowDays: 7, metrics: [] },
  }
  answer = { status: 200, text: JSON.stringify(body) }
  expect(await readWorkerMetrics(url)).toEqual(body)
})
