// That answers are kept while they hold, and not without bound.
import type { Snapshot } from '@winrate/shared-schema/contracts'
import { runAtOnce } from '@winrate/shared-schema/steps'
import { expect, test } from 'vitest'
import { testAvailability } from '../../../test-support/availability.ts'
import { snapshotFromTable } from '../../testing/snapshot-from-table.ts'
import { parseRequest } from '../request/request.ts'
import type { RouteOptions } from '../request/route-options.ts'
import { readRoutingBasis } from '../table/routing-basis.ts'
import { createRoutingTable } from '../table/routing-table.ts'
import { createAnswers } from './answers.ts'

const models = Array.from({ length: 1_000 }, (_, at) => `m${at}`)
const knowledge = {
  catalogue: { entries: [], replace: false },
  defaults: { winRates: {}, replace: false },
  models,
  similarTo: {},
}
const tableOf = (snapshot?: Snapshot) =>
  createRoutingTable(runAtOnce(readRoutingBasis({ knowledge, snapshot })))
const requestOf = (options?: RouteOptions) => parseRequest('coding', options).request

test('a request finds the answer to an earlier one that says the same, until the table changes', () => {
  const table = { current: tableOf() }
  const answerTo = createAnswers(table, testAvailability())
  const answer = answerTo(requestOf({ candidates: ['m1', 'm2'] }))
  expect(answerTo(requestOf({ candidates: [{ model: 'm1' }, 'm2'], sessionKey: 's' }))).toBe(answer)
  expect(answerTo(requestOf({ candidates: ['m2', 'm1'] }))).not.toBe(answer)
  table.current = tableOf(snapshotFromTable([]))
  expect(answerTo(requestOf({ candidates: ['m1', 'm2'] }))).not.toBe(answer)
})

test.each<[string, (at: number) => RouteOptions]>([
  ['of very many candidates', (at) => ({ maxCostUsdPerMTokens: at })],
])('answers to requests %s are not all kept', (_, optionsOf) => {
  const answerTo = createAnswers({ current: tableOf() }, testAvailability())
  const first = answerTo(requestOf(optionsOf(0)))
  expect(answerTo(requestOf(optionsOf(0)))).toBe(first)
  for (let at = 1; at <= 101; at += 1) answerTo(requestOf(optionsOf(at)))
  expect(answerTo(requestOf(optionsOf(0)))).not.toBe(first)
})
