import { expect, test } from 'vitest'
import type { Fleet, World } from '../fleet/fleet.ts'
import { createFleetTable } from './fleet-table.ts'
import { epsilonFleet, greedyFleet } from './greedy-fleet.ts'
import { coldCell, litellmFleet, updatedCell } from './litellm-fleet.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const world: World = {
  taskTypes: ['coding'],
  models: ['a', 'b', 'c'].map((model) => ({ provider: 'p', model })),
  instances: 1,
  defaults: [{ model: 1, winRate: 0.7 }],
}
const all = [0, 1, 2]

function record(fleet: Pick<Fleet, 'record'>, model: number, wins: number, losses: number): void {
  for (let at = 0; at < wins + losses; at += 1) {
    const success = at < wins
    fleet.record({ atMs: 0, instance: 0, taskType: 0, model, decisionId: undefined, success })
  }
}

const choose = (fleet: Fleet, atMs: number, candidates = all) =>
  fleet.choose({ atMs, instance: 0, taskType: 0, candidates }).model

test('Greedy takes the default until it knows ten outcomes, then the best learned win rate', () => {
  const fleet = greedyFleet(world, 1)
  record(fleet, 0, 9, 0)
  record(fleet, 1, 8, 2)
  expect(choose(fleet, 0)).toBe(1)
  expect(choose(fleet, MINUTE_MS)).toBe(1)
  record(fleet, 0, 1, 0)
  expect(choose(fleet, MINUTE_MS + 1)).toBe(0)
})

test('Greedy takes the first candidate if the default is not a candidate', () => {
  expect(choose(greedyFleet(world, 1), 0, [2, 0])).toBe(2)
})

test('Outcomes that left the window no longer count', () => {
  const table = createFleetTable(1, 3)
  record(table, 0, 5, 5)
  table.advance(MINUTE_MS)
  expect(table.samples(0, 0)).toBe(10)
  table.advance(7 * DAY_MS - MINUTE_MS)
  expect(table.successes(0, 0)).toBe(5)
  table.advance(7 * DAY_MS)
  expect(table.samples(0, 0)).toBe(0)
  expect(table.successes(0, 0)).toBe(0)
})

test('Epsilon draws one decision in ten among all candidates', () => {
  const fleet = epsilonFleet(world, 1)
  const counts = [0, 0, 0]
  for (let number = 0; number < 30_000; number += 1) {
    const model = choose(fleet, 0)
    counts[model] = (counts[model] ?? 0) + 1
  }
  expect((counts[0] ?? 0) / 30_000).toBeCloseTo(1 / 30, 2)
  expect((counts[2] ?? 0) / 30_000).toBeCloseTo(1 / 30, 2)
})

test('A LiteLLM cell accepts no update that would raise it above 200', () => {
  let cell = coldCell
  for (let number = 0; number < 300; number += 1) cell = updatedCell(cell, number % 10 !== 0)
  expect(cell.alpha + cell.beta).toBe(200)
  expect(cell).toEqual({ alpha: 5 + 171, beta: 5 + 19 })
  expect(updatedCell(cell, false)).toBe(cell)
})

test('LiteLLM draws all candidates equally often at first, then the better one', () => {
  const fleet = litellmFleet(world, 1)
  const share = (atMs: number) =>
    Array.from({ length: 3_000 }, () => choose(fleet, atMs)).filter((model) => model === 2).length /
    3_000
  expect(share(0)).toBeCloseTo(1 / 3, 1)
  record(fleet, 2, 90, 0)
  record(fleet, 0, 45, 45)
  record(fleet, 1, 45, 45)
  expect(share(MINUTE_MS)).toBeGreaterThan(0.99)
})
