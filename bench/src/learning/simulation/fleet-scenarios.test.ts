import { defaultPolicy } from '@winrate/shared-schema/scoring'
import { expect, test } from 'vitest'
import type { Learned, MakeFleet } from '../fleet/fleet.ts'
import { routerFleet } from '../winrate/router-fleet.ts'
import type { Scenario } from './scenario.ts'
import { ofDays, scenarios } from './scenarios.ts'
import { simulate } from './simulate.ts'
import { summariseRuns } from './summarise-runs.ts'
import { scriptedFleet } from './testing/scripted-fleet.ts'

const START_MS = Date.UTC(2026, 0, 5)
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const [BEST, WORST] = [1, 3]

const thompson = routerFleet({ policy: defaultPolicy() })

/** Always calls one model, on the first days of a scenario. */
async function played(scenario: Scenario, model = BEST, days = 3) {
  const fleet = scriptedFleet(() => model)
  const run = await simulate(ofDays(scenario, days), fleet.make, 1)
  return { ...fleet, run }
}

const rateOf = (some: readonly { readonly success: boolean }[]) =>
  some.filter(({ success }) => success).length / some.length

/** Success of one model in two parts of a scenario's outcomes. */
async function compared(
  scenario: Scenario,
  isHard: (outcome: { readonly atMs: number; readonly instance: number }) => boolean,
  days = 3,
) {
  const { recorded } = await played(scenario, BEST, days)
  const hard = recorded.filter(isHard)
  const easy = recorded.filter((outcome) => !isHard(outcome))
  return { hard: rateOf(hard), easy: rateOf(easy), share: hard.length / recorded.length }
}

test('Pinned instances are never asked to choose, and what they call is harder', async () => {
  const { requests, recorded } = await played(scenarios.pinned, 0)
  expect(new Set(requests.map(({ instance }) => instance)).size).toBe(10)
  expect(requests.every(({ instance }) => instance >= 10)).toBe(true)
  const pinned = recorded.filter(({ described }) => described === true)
  expect(new Set(pinned.map(({ instance, model }) => `${instance < 10} ${model}`))).toEqual(
    new Set([`true ${BEST}`]),
  )
  expect(pinned.length / recorded.length).toBeCloseTo(0.5, 1)
  expect(rateOf(pinned)).toBeCloseTo(0.683, 1)
})

test('The worker receives what pinned instances report, though no router drew it', async () => {
  const scenario = ofDays({ ...scenarios.pinned, requests: 400 }, 1)
  const { outcomes, run } = await watched(scenario, thompson)
  const asked = Object.values(run.phases).reduce((sum, { requests }) => sum + requests, 0)
  // All but those after the last snapshot.
  expect(outcomes).toBeGreaterThan(350)
  expect(asked).toBeLessThan(250)
})

/** The number of outcomes that the last snapshot rests on. */
async function watched(scenario: Scenario, make: MakeFleet) {
  let last: Learned | undefined
  const run = await simulate(
    scenario,
    (world, seed, watch) =>
      make(world, seed, (learned) => {
        last = learned
        watch?.(learned)
      }),
    1,
  )
  const outcomes = last?.cells.reduce((sum, cell) => sum + cell.outcomes, 0)
  return { outcomes: outcomes ?? 0, run, last }
}

test('Three requests of ten carry a high risk, which the router never draws for', async () => {
  const { requests, recorded } = await played(scenarios['high-risk'])
  const isRisky = requests.map(({ details }) => details?.risk === 'high')
  expect(isRisky.filter(Boolean).length / requests.length).toBeCloseTo(0.3, 1)
  expect(rateOf(recorded.filter((_, at) => isRisky[at]))).toBeCloseTo(0.566, 1)
  expect(rateOf(recorded.filter((_, at) => !isRisky[at]))).toBeCloseTo(0.78, 1)
})

test('The client itself refuses long prompts to all but two models', async () => {
  const chosen = { short: new Set<number>(), long: new Set<number>() }
  const make: MakeFleet = (world, seed, watch) => {
    const fleet = thompson(world, seed, watch)
    return {
      ...fleet,
      choose(request) {
        const choice = fleet.choose(request)
        const isLong = request.details?.messages !== undefined
        // The caller names every model.
        expect(request.details?.named ?? request.candidates).toHaveLength(5)
        chosen[isLong ? 'long' : 'short'].add(choice.model)
        return choice
      },
    }
  }
  await simulate({ ...scenarios['long-context'], requests: 400 }, make, 1)
  expect([...chosen.short]).toEqual(expect.arrayContaining([0, 2, 4]))
  expect([...chosen.long].sort()).toEqual([BEST, WORST])
})

test('Regret at a long prompt is against the best model that takes it', async () => {
  const { run } = await played(scenarios['long-context'], BEST, 2)
  expect(run.phases['all']?.regret).toBe(0)
})

test.each([
  ['heterogeneous-0.5', 0.5],
  ['heterogeneous', 1],
  ['heterogeneous-1.5', 1.5],
] as const)('In %s the ease of work differs by instance, by %s logits', async (name, sd) => {
  const logits: number[] = []
  for (let seed = 1; seed <= 10; seed += 1) {
    const fleet = scriptedFleet(() => 0)
    await simulate({ ...scenarios[name], requests: 8_000 }, fleet.make, seed)
    for (let instance = 0; instance < 20; instance += 1) {
      const rate = rateOf(fleet.recorded.filter((outcome) => outcome.instance === instance))
      logits.push(Math.log(rate / (1 - rate)))
    }
  }
  const mean = logits.reduce((sum, one) => sum + one, 0) / logits.length
  const variance = logits.reduce((sum, one) => sum + (one - mean) ** 2, 0) / logits.length
  // 400 outcomes an instance add their own noise.
  expect(Math.sqrt(variance)).toBeGreaterThan(0.85 * sd)
  expect(Math.sqrt(variance)).toBeLessThan(1.2 * sd)
})

test('Eight of twenty instances have hard work, the others easy work', async () => {
  const { hard, easy, share } = await compared(scenarios.bimodal, ({ instance }) => instance >= 12)
  expect(share).toBeCloseTo(0.4, 1)
  expect(easy).toBeCloseTo(0.906, 1)
  expect(hard).toBeCloseTo(0.566, 1)
})

test('From 18 to 8 o’clock all work is harder', async () => {
  const { hard, easy, share } = await compared(scenarios.night, ({ atMs }) => {
    const hour = new Date(atMs).getUTCHours()
    return hour >= 18 || hour < 8
  })
  expect(share).toBeCloseTo(14 / 24, 1)
  expect(easy).toBeCloseTo(0.78, 1)
  expect(hard).toBeCloseTo(0.566, 1)
})

test('On Saturdays and Sundays all work is harder', async () => {
  const isWeekend = ({ atMs }: { readonly atMs: number }) =>
    [0, 6].includes(new Date(atMs).getUTCDay())
  const { hard, easy, share } = await compared(scenarios.weekend, isWeekend, 7)
  expect(share).toBeCloseTo(2 / 7, 1)
  expect(easy).toBeCloseTo(0.78, 1)
  expect(hard).toBeCloseTo(0.566, 1)
})

test('The mix turns over: half of the fleet works by day, the other half by night, on harder work', async () => {
  const { recorded } = await played(scenarios.oscillating)
  for (const { atMs, instance } of recorded) {
    const hour = new Date(atMs).getUTCHours()
    expect(instance >= 10).toBe(hour >= 18 || hour < 8)
  }
  expect(rateOf(recorded.filter(({ instance }) => instance < 10))).toBeCloseTo(0.78, 1)
  expect(rateOf(recorded.filter(({ instance }) => instance >= 10))).toBeCloseTo(0.516, 1)
})

test('One gateway has 98 % of the traffic, and each other instance a little', async () => {
  const { requests } = await played(scenarios.gateway)
  const counts = new Map<number, number>()
  for (const { instance } of requests) counts.set(instance, (counts.get(instance) ?? 0) + 1)
  expect((counts.get(0) ?? 0) / requests.length).toBeCloseTo(0.98, 2)
  expect(counts.size).toBe(20)
})

test('Each day a token sends ten lies about each of two models under 200 invented names', async () => {
  const { recorded } = await played(scenarios.sybil, BEST, 4)
  const lies = recorded.filter(({ instance }) => instance >= 20)
  expect(new Set(lies.map(({ instance }) => instance)).size).toBe(200)
  expect(lies).toHaveLength(200 * 20 * 2)
  expect(lies.every(({ model, success }) => success === (model === WORST))).toBe(true)
  // They claim to have been drawn.
  expect(lies.every(({ claimedPropensity }) => claimedPropensity === 0.5)).toBe(true)
  expect(lies.every(({ atMs }) => atMs >= START_MS + 2 * DAY_MS)).toBe(true)
})

test('One instance reports a failure of each of 20 models that do not exist', async () => {
  const { recorded, requests } = await played(scenarios['sybil-names'])
  const invented = recorded.filter(({ model }) => model >= 6)
  expect(new Set(invented.map(({ model }) => model)).size).toBe(20)
  expect(invented).toHaveLength(20)
  expect(new Set(invented.map(({ instance }) => instance))).toEqual(new Set([0]))
  expect(invented.some(({ success }) => success)).toBe(false)
  expect(requests.some(({ candidates }) => candidates.some((model) => model >= 6))).toBe(false)
})

test('A session has twenty requests of one instance, which are alike', async () => {
  const { requests, recorded } = await played(scenarios.sessions, BEST, 2)
  const sessions = new Map<string, { instances: Set<number>; wins: number; requests: number }>()
  for (const [at, { instance, details }] of requests.entries()) {
    const key = details?.sessionKey ?? ''
    const session = sessions.get(key) ?? { instances: new Set(), wins: 0, requests: 0 }
    session.instances.add(instance)
    session.requests += 1
    session.wins += recorded[at]?.success === true ? 1 : 0
    sessions.set(key, session)
  }
  const whole = [...sessions.values()].filter((session) => session.requests === 20)
  // One of each instance is not over yet.
  expect(sessions.size - whole.length).toBeLessThanOrEqual(20)
  expect(whole.every(({ instances }) => instances.size === 1)).toBe(true)
  const mean = whole.reduce((sum, { wins }) => sum + wins, 0) / whole.length
  const variance = whole.reduce((sum, { wins }) => sum + (wins - mean) ** 2, 0) / whole.length
  const independent = mean * (1 - mean / 20)
  expect(variance / independent).toBeGreaterThan(2.5)
})

test('Successes of the best model arrive three hours after the call, its failures and other models at once', async () => {
  const best = await played(scenarios.late, BEST, 2)
  const other = await played(scenarios.late, 0, 2)
  const all = await played(scenarios['late-all'], 0, 2)
  const first = (some: readonly { readonly success: boolean; readonly atMs: number }[]) =>
    ((some.find(({ success }) => success)?.atMs ?? 0) - START_MS) / HOUR_MS
  expect(first(best.recorded)).toBeGreaterThanOrEqual(3)
  expect(first(best.recorded)).toBeLessThan(3.1)
  expect(first(other.recorded)).toBeLessThan(0.1)
  expect(first(all.recorded)).toBeGreaterThanOrEqual(3)
  expect((best.recorded[0]?.atMs ?? 0) - START_MS).toBeLessThan(HOUR_MS)
})

test('Of the worst model most failures are never reported, so it looks as good as the best', async () => {
  const worst = await played(scenarios.missing, WORST)
  expect(worst.recorded.length / worst.requests.length).toBeCloseTo(1 - 0.4 * 0.6, 1)
  expect(rateOf(worst.recorded)).toBeCloseTo(0.79, 1)
  const best = await played(scenarios.missing, BEST)
  expect(best.recorded).toHaveLength(best.requests.length)
})

test('Three of twenty instances need the model that is worst for the others', async () => {
  for (const scenario of [scenarios.team, scenarios['team-plain']]) {
    const fleet = scriptedFleet(({ instance }) => (instance < 3 ? WORST : BEST))
    const own = summariseRuns(scenario, [await simulate(ofDays(scenario, 2), fleet.make, 1)])
    expect(own.regretPoints).toBe(0)
    expect(own.regretOthers).toBe(0)
    const { run } = await played(scenario, BEST, 2)
    const same = summariseRuns(scenario, [run])
    expect(same.regretPoints).toBeCloseTo(30, 8)
    expect(same.regretOthers).toBe(0)
  }
})
