import { seededRandom, shuffled } from '@winrate/demo/random/seeded-random'
import type { Choice, Fleet, MakeFleet, World } from '../fleet/fleet.ts'
import { derivedSeed } from '../random/derived-seed.ts'
import { createAdoption } from './adoption.ts'
import { createFalseOutcomes } from './false-outcomes.ts'
import { createLateOutcomes, type LateOutcomes } from './late-outcomes.ts'
import { type LearningSums, watchLearning } from './learning-sums.ts'
import { createPhaseSums, type PhaseSums } from './phase-sums.ts'
import type { Scenario } from './scenario.ts'
import { createTruth } from './truth.ts'
import {
  createWork,
  longMessages,
  type RequestedWork,
  SHORT_CONTEXT_TOKENS,
  shifted,
} from './work.ts'

export interface SimulationRun {
  readonly phases: Readonly<Record<string, PhaseSums>>
  /** Requests that the new model got until it had a majority; null if it never had one. */
  readonly exposuresToAdopt: number | null
  /** Null for a rule that publishes nothing. */
  readonly learning: LearningSums | null
}

/** A Monday, midnight. */
const START_MS = Date.UTC(2026, 0, 5)

/** Plays one scenario. The requests and their luck depend only on the seed, not on the fleet. */
export async function simulate(
  scenario: Scenario,
  makeFleet: MakeFleet,
  seed: number,
): Promise<SimulationRun> {
  const world = worldOf(scenario, seed)
  const truth = createTruth(scenario)
  const learning = watchLearning(scenario, START_MS, truth)
  const fleet = makeFleet(world, derivedSeed(seed, 'fleet'), learning.watch)
  const luck = seededRandom(derivedSeed(seed, 'world'))
  const workOf = createWork(scenario, seed)
  const late = createLateOutcomes()
  const lie = createFalseOutcomes(scenario, late)
  const restart = createRestart(scenario, fleet)
  const sums = createPhaseSums(scenario)
  const adoption = createAdoption()
  const delays = seededRandom(derivedSeed(seed, 'delay'))
  for (let number = 0; number < scenario.requests; number += 1) {
    const sinceMs = (number + luck()) * scenario.gapMs
    const instance = instanceAt(scenario, luck(), sinceMs)
    const fortune = luck()
    lie(sinceMs)
    await report(fleet, late, sinceMs)
    restart(sinceMs)
    const taskType = scenario.tasks?.of(instance) ?? 0
    const work = workOf(instance, sinceMs)
    const rates = ratesOf(scenario, instance, sinceMs, work)
    const where = { instance, taskType }
    const choice = choose(fleet, { ...where, atMs: START_MS + sinceMs, rates, work })
    const rate = rates[choice.model] ?? 0
    const success = fortune < rate
    if (!choice.described) {
      const best = bestAllowed(rates, work)
      sums.add(sinceMs, instance, { rate, best, success })
      truth.add(sinceMs, choice.path ?? world.taskTypes[taskType] ?? '', rates, work)
    }
    if (scenario.newcomer !== undefined && rates[scenario.newcomer] !== undefined) {
      adoption.add(choice.model === scenario.newcomer)
    }
    const called = { model: choice.model, success }
    const dueMs = sinceMs + (scenario.reporting?.(called, delays) ?? 0)
    if (dueMs < Infinity) late.add(dueMs, { ...where, ...choice, success })
  }
  await report(fleet, late, scenario.requests * scenario.gapMs)
  await fleet.close()
  return {
    phases: sums.phases(),
    exposuresToAdopt: adoption.exposures(),
    learning: learning.sums(),
  }
}

/** Names break ties, so each run shuffles them; otherwise one model would win every tie. */
function worldOf(scenario: Scenario, seed: number): World {
  const { arms, instances, tasks, inventedModels = 0, work } = scenario
  const names = shuffled(arms.length, seededRandom(derivedSeed(seed, 'names')))
  const taskTypes = tasks?.names ?? ['coding']
  const takesLong = work?.longContext?.models
  const contextOf = (arm: number) =>
    takesLong === undefined || takesLong.includes(arm)
      ? {}
      : { contextTokens: SHORT_CONTEXT_TOKENS }
  const real = arms.map((_, at) => ({
    ...{ provider: 'simulated', model: `model-${names[at]}` },
    ...contextOf(at),
  }))
  const invented = Array.from({ length: inventedModels }, (_, at) => ({
    ...{ provider: 'simulated', model: `invented-${at}` },
  }))
  return {
    taskTypes,
    models: [...real, ...invented],
    instances,
    defaults: taskTypes.map(() => ({
      model: 0,
      winRate: arms[0]?.rateAt(0, instances - 1) ?? 0.5,
    })),
  }
}

function instanceAt({ instanceAt, instances }: Scenario, uniform: number, sinceMs: number): number {
  return instanceAt?.(uniform, sinceMs) ?? Math.floor(uniform * instances)
}

type Rates = readonly (number | undefined)[]

/** Each model's probability of success at this request; undefined for one that does not exist yet. */
function ratesOf(
  { arms }: Scenario,
  instance: number,
  sinceMs: number,
  { shift }: RequestedWork,
): Rates {
  return arms.map(({ rateAt }) => {
    const rate = rateAt(sinceMs, instance)
    return rate === undefined ? undefined : shifted(rate, shift)
  })
}

function bestAllowed(rates: Rates, { models }: RequestedWork): number {
  return rates.reduce<number>(
    (most, rate, arm) => (models?.includes(arm) === false ? most : Math.max(most, rate ?? 0)),
    0,
  )
}

interface Asked {
  readonly atMs: number
  readonly instance: number
  readonly taskType: number
  readonly rates: Rates
  readonly work: RequestedWork
}

interface Called extends Choice {
  readonly described: boolean
}

function choose(fleet: Fleet, { atMs, instance, taskType, rates, work }: Asked): Called {
  const { pinnedTo, models, risk, sessionKey, team } = work
  if (pinnedTo !== undefined) return { model: pinnedTo, decisionId: undefined, described: true }
  const named = rates.flatMap((rate, arm) => (rate === undefined ? [] : [arm]))
  const candidates = models === undefined ? named : named.filter((arm) => models.includes(arm))
  const long = models === undefined ? {} : { messages: longMessages, named }
  const details = { risk, sessionKey, team, ...long }
  const choice = fleet.choose({ atMs, instance, taskType, candidates, details })
  return { ...choice, described: false }
}

async function report(fleet: Fleet, late: LateOutcomes, nowMs: number): Promise<void> {
  for (let due = late.take(nowMs); due !== undefined; due = late.take(nowMs)) {
    fleet.record({ ...due.outcome, atMs: START_MS + due.dueMs })
    await fleet.idle()
  }
}

function createRestart({ restartMs = Infinity }: Scenario, fleet: Fleet): (nowMs: number) => void {
  let restarted = false
  return (nowMs) => {
    if (restarted || nowMs < restartMs) return
    restarted = true
    fleet.restart(START_MS + nowMs)
  }
}
