import { expect, test } from 'vitest'
import type { Learned, MakeFleet } from '../fleet/fleet.ts'
import { ofDays, scenarios } from './scenarios.ts'
import { DAY_MS } from './setting.ts'
import { simulate } from './simulate.ts'
import { summariseRuns } from './summarise-runs.ts'
import { scriptedFleet } from './testing/scripted-fleet.ts'

const START_MS = Date.UTC(2026, 0, 5)
const BEST = 1

test('What a fleet learns is measured: an honest instance is left out, and a posterior covers the truth or not', async () => {
  const scenario = ofDays(scenarios.stationary, 3)
  const fleet = scriptedFleet(() => BEST)
  const told = async (learned: Partial<Learned>) => {
    const make: MakeFleet = (world, seed, watch) => ({
      ...fleet.make(world, seed),
      choose({ atMs }) {
        watch?.({ atMs, cells: [], leftOut: new Set(), posterior: () => undefined, ...learned })
        return { model: BEST, decisionId: undefined }
      },
    })
    return summariseRuns(scenario, [await simulate(scenario, make, 1)])
  }
  const cell = { taskType: 'coding', model: BEST, outcomes: 100, isBroken: false }
  const right = { alpha: 78, beta: 22 }
  expect(await told({ leftOut: new Set([4]) })).toMatchObject({ quarantinedHonestShare: 0.05 })
  const covered = { cells: [cell], posterior: () => right }
  expect(await told(covered)).toMatchObject({ coverage90: 1, falseBreaksPerCellWeek: 0 })
  const missed = { cells: [cell], posterior: () => ({ alpha: 60, beta: 40 }) }
  expect(await told(missed)).toMatchObject({ coverage90: 0 })
  const few = { cells: [{ ...cell, outcomes: 29 }], posterior: () => right }
  expect(await told(few)).toMatchObject({ coverage90: null })
  const { falseBreaksPerCellWeek } = await told({ cells: [{ ...cell, isBroken: true }] })
  expect(falseBreaksPerCellWeek).toBeCloseTo(7 / 3, 1)
  expect(await told({})).toMatchObject({ coverage90: null, quarantinedHonestShare: 0 })
})

test('A posterior is about the requests that are learned at its task type, not about those of a path', async () => {
  const scenario = ofDays(scenarios.team, 2)
  const coverage = async (path: string | undefined, taskType: string, rate: number) => {
    const make: MakeFleet = (world, seed, watch) => ({
      ...scriptedFleet(() => BEST).make(world, seed),
      choose({ atMs, instance }) {
        const cells = [{ taskType, model: BEST, outcomes: 100, isBroken: false }]
        const posterior = () => ({ alpha: 10_000 * rate, beta: 10_000 * (1 - rate) })
        watch?.({ atMs, cells, leftOut: new Set(), posterior })
        return { model: BEST, decisionId: undefined, path: instance < 3 ? path : undefined }
      },
    })
    return summariseRuns(scenario, [await simulate(scenario, make, 1)]).coverage90
  }
  expect(await coverage('coding/own', 'coding', 0.78)).toBe(1)
  expect(await coverage('coding/own', 'coding/own', 0.5)).toBe(1)
  expect(await coverage(undefined, 'coding', 0.78)).toBe(0)
})

test('A break after the model really changed is no false one', async () => {
  const fleet = scriptedFleet(() => BEST)
  const breaksAt = async (day: number) => {
    const make: MakeFleet = (world, seed, watch) => ({
      ...fleet.make(world, seed),
      choose({ atMs }) {
        const isBroken = atMs >= START_MS + day * DAY_MS
        const cell = { taskType: 'coding', model: BEST, outcomes: 100, isBroken }
        watch?.({ atMs, cells: [cell], leftOut: new Set(), posterior: () => undefined })
        return { model: BEST, decisionId: undefined }
      },
    })
    const run = await simulate(scenarios.drift, make, 1)
    return run.learning?.falseBreaks
  }
  expect(await breaksAt(6)).toBe(1)
  expect(await breaksAt(7.01)).toBe(0)
})
