import { defaultPolicy } from '@winrate/shared-schema/scoring'
import { expect, test } from 'vitest'
import type { Fleet, RequestDetails, World } from '../fleet/fleet.ts'
import { scenarios } from '../simulation/scenarios.ts'
import { simulate } from '../simulation/simulate.ts'
import { routerFleet } from './router-fleet.ts'

const MINUTE_MS = 60_000
const startMs = Date.UTC(2026, 0, 5)
const world: World = {
  taskTypes: ['coding'],
  models: ['a', 'b', 'c'].map((model) => ({ provider: 'p', model })),
  instances: 3,
  defaults: [{ model: 1, winRate: 0.7 }],
}
const threshold = routerFleet({ policy: { kind: 'threshold', exploration: 0 } })
const thompson = routerFleet({ policy: defaultPolicy() })
const short = { ...scenarios.stationary, requests: 150 }

const choose = (fleet: Fleet, instance: number, sinceMs: number) =>
  fleet.choose({ atMs: startMs + sinceMs, instance, taskType: 0, candidates: [0, 1, 2] })

test('What one instance learned reaches the others with the next snapshot, not before', async () => {
  const fleet = threshold(world, 1)
  expect(choose(fleet, 0, 0).model).toBe(1)
  for (let at = 0; at < 20; at += 1) {
    const given = { atMs: startMs + 1_000 + at, instance: 0, taskType: 0, model: 2 }
    fleet.record({ ...given, decisionId: undefined, success: true })
    await fleet.idle()
  }
  expect(choose(fleet, 1, MINUTE_MS - 1).model).toBe(1)
  expect(choose(fleet, 1, MINUTE_MS).model).toBe(2)
  expect(choose(fleet, 2, MINUTE_MS).model).toBe(2)
  await fleet.close()
})

test('A restart loses no durable state', async () => {
  const fleet = threshold(world, 1)
  for (let at = 0; at < 20; at += 1) {
    const given = { atMs: startMs + at, instance: 0, taskType: 0, model: 0 }
    fleet.record({ ...given, decisionId: undefined, success: true })
    await fleet.idle()
  }
  fleet.restart(startMs + 30_000)
  expect(choose(fleet, 0, MINUTE_MS).model).toBe(0)
  await fleet.close()
})

test('A high risk is never drawn for, and a session stays with one model', async () => {
  const fleet = thompson(world, 1)
  const chosen = (details: RequestDetails) => {
    const models = Array.from(
      { length: 60 },
      (_, at) =>
        fleet.choose({
          ...{ atMs: startMs + at, instance: 0, taskType: 0, candidates: [0, 1, 2] },
          details,
        }).model,
    )
    return [...new Set(models)].sort()
  }
  expect(chosen({})).toEqual([0, 1, 2])
  expect(chosen({ risk: 'high' })).toEqual([1])
  expect(chosen({ sessionKey: 'one' })).toHaveLength(1)
  await fleet.close()
})

test('The outcome of a call that a caller describes counts for the fleet, like one sent past the router', async () => {
  for (const described of [true, false]) {
    const fleet = threshold(world, 1)
    for (let at = 0; at < 20; at += 1) {
      const given = { atMs: startMs + at, instance: 0, taskType: 0, model: 2, described }
      fleet.record({ ...given, decisionId: undefined, success: true })
      await fleet.idle()
    }
    expect(choose(fleet, 1, MINUTE_MS).model).toBe(2)
    await fleet.close()
  }
})

test('Equal seeds give equal runs, different seeds different ones', async () => {
  const one = await simulate(short, thompson, 1)
  expect(await simulate(short, thompson, 1)).toEqual(one)
  expect(await simulate(short, thompson, 2)).not.toEqual(one)
})

test('The loop is closed: the best model gets more and more requests', async () => {
  const phases = [
    { name: 'early', untilMs: 2 * 3_600_000 },
    { name: 'late', untilMs: 5 * 3_600_000 },
  ]
  const arms = short.arms.map((arm, at) => ({ ...arm, rateAt: () => (at === 2 ? 0.95 : 0.5) }))
  const run = await simulate({ ...short, requests: 600, arms, phases }, thompson, 1)
  const share = (name: string) =>
    (run.phases[name]?.best ?? 0) / (run.phases[name]?.requests ?? Number.NaN)
  expect(share('late')).toBeGreaterThan(0.8)
  expect(share('late')).toBeGreaterThan(share('early'))
})
