import { expect, test } from 'vitest'
import type { Fleet, MakeFleet, Observation } from '../fleet/fleet.ts'
import { epsilonFleet } from '../peers/greedy-fleet.ts'
import type { Scenario } from './scenario.ts'
import { scenarios } from './scenarios.ts'
import { simulate } from './simulate.ts'
import { summariseRuns } from './summarise-runs.ts'
import { scriptedFleet } from './testing/scripted-fleet.ts'

const DAY_MS = 86_400_000

/** Always chooses the same model; keeps the recorded outcomes. */
function always(model: number, recorded: Observation[] = []): MakeFleet {
  const fleet = scriptedFleet(() => model)
  return (...given) => ({
    ...fleet.make(...given),
    record: (observation) => recorded.push(observation),
  })
}

const withChoice = (choose: (atMs: number) => number): Fleet => {
  const { make } = scriptedFleet(({ atMs }) => choose(atMs))
  return make({ taskTypes: [], models: [], instances: 1, defaults: [] }, 1)
}

const figures = async (scenario: Scenario, makeFleet: MakeFleet, seed = 1) =>
  summariseRuns(scenario, [await simulate(scenario, makeFleet, seed)])

test('A fleet that always takes the best model has no regret and a best share of 1', async () => {
  const { regretPoints, bestShare, success } = await figures(scenarios.stationary, always(1))
  expect(regretPoints).toBe(0)
  expect(bestShare).toBe(1)
  expect(success).toBeCloseTo(0.78, 2)
})

test('A fleet that always takes the default pays the difference', async () => {
  const { regretPoints, bestShare } = await figures(scenarios.stationary, always(0))
  expect(regretPoints).toBeCloseTo(8, 10)
  expect(bestShare).toBe(0)
})

test('After the shift another model is best, and only that phase is reported', async () => {
  const { regretPoints, regretBefore } = await figures(scenarios.drift, always(1))
  expect(regretBefore).toBe(0)
  expect(regretPoints).toBeCloseTo(29, 10)
})

test('The same seed gives the same run and the same luck to every fleet', async () => {
  const one = await simulate(scenarios.sparse, epsilonFleet, 4)
  expect(await simulate(scenarios.sparse, epsilonFleet, 4)).toEqual(one)
  expect(await simulate(scenarios.sparse, epsilonFleet, 5)).not.toEqual(one)
  const recorded: Observation[] = []
  const again: Observation[] = []
  await simulate(scenarios.sparse, always(1, recorded), 4)
  await simulate(scenarios.sparse, always(0, again), 4)
  expect(recorded.map(({ atMs, instance }) => [atMs, instance])).toEqual(
    again.map(({ atMs, instance }) => [atMs, instance]),
  )
  // The better model succeeds wherever the worse one does.
  expect(again.every(({ success }, at) => !success || recorded[at]?.success === true)).toBe(true)
})

test('Delayed outcomes arrive late, in order of arrival, and a fifth never arrives', async () => {
  const recorded: Observation[] = []
  await simulate(scenarios.delayed, always(0, recorded), 1)
  const { requests } = scenarios.delayed
  expect(recorded.length / requests).toBeCloseTo(0.8, 2)
  expect(recorded.every(({ atMs }, at) => atMs >= (recorded[at - 1]?.atMs ?? 0))).toBe(true)
  const success = recorded.filter((one) => one.success).length / recorded.length
  expect(success).toBeCloseTo(0.7, 2)
})

test('From day two on, one instance sends two lies per minute', async () => {
  const recorded: Observation[] = []
  const honest: Observation[] = []
  await simulate(scenarios.poisoned, always(0, recorded), 1)
  await simulate(scenarios.stationary, always(0, honest), 1)
  const lies = recorded.filter(({ model }) => model !== 0)
  expect(lies).toHaveLength(2 * 12 * 1440)
  expect(new Set(lies.map(({ instance }) => instance)).size).toBe(1)
  expect(lies.every(({ model, success }) => success === (model === 3))).toBe(true)
  expect(recorded.filter(({ model }) => model === 0)).toEqual(honest)
})

test('The new model is a candidate from day three on', async () => {
  const startMs = Date.UTC(2026, 0, 5)
  const seen = new Map<number, boolean>()
  await simulate(
    scenarios['new-model'],
    () => ({
      ...withChoice(() => 0),
      choose: ({ atMs, candidates }) => {
        seen.set(atMs - startMs, candidates.includes(5))
        return { model: 0, decisionId: undefined }
      },
    }),
    1,
  )
  expect([...seen].every(([sinceMs, has]) => has === sinceMs >= 3 * DAY_MS)).toBe(true)
})

test('Adoption counts the requests until the new model has a majority of thirty', async () => {
  const startMs = Date.UTC(2026, 0, 5) + 3 * DAY_MS
  const fromThen: MakeFleet = () => withChoice((atMs) => (atMs < startMs ? 0 : 5))
  expect((await figures(scenarios['new-model'], fromThen)).exposuresToAdopt).toBe(16)
  const never = await figures(scenarios['new-model'], always(0))
  expect(never.exposuresToAdopt).toBeNull()
  expect(never.adoptedShare).toBe(0)
})

test('The degraded default fails only in its phase', async () => {
  const { phases } = await simulate(scenarios.degraded, always(0), 1)
  expect(phases['good']?.requests).toBe(15)
  expect(phases['degraded']?.requests).toBe(25)
  expect(phases['recovered']?.requests).toBe(10)
  expect(phases['degraded']?.regret).toBeCloseTo(25 * 69, 8)
  expect(phases['recovered']?.regret).toBe(0)
})

test('A restart happens once, at its time', async () => {
  const restarts: number[] = []
  await simulate(
    scenarios.restart,
    () => ({ ...withChoice(() => 1), restart: (atMs) => restarts.push(atMs) }),
    1,
  )
  expect(restarts).toHaveLength(1)
  const sinceMs = (restarts[0] ?? 0) - Date.UTC(2026, 0, 5)
  expect(sinceMs).toBeGreaterThanOrEqual(3 * DAY_MS)
  expect(sinceMs).toBeLessThan(3 * DAY_MS + 60_000)
})
