import { type Random, seededRandom, shuffled } from '@winrate/demo/random/seeded-random'
import type { Choice, Fleet, MakeFleet, World } from '../fleet/fleet.ts'
import { derivedSeed } from '../random/derived-seed.ts'
import { exponential } from '../random/random-draws.ts'
import { createAdoption } from './adoption.ts'
import { createLateOutcomes, type LateOutcomes } from './late-outcomes.ts'
import { createPhaseSums, type PhaseSums } from './phase-sums.ts'
import type { Scenario } from './scenario.ts'

export interface SimulationRun {
  readonly phases: Readonly<Record<string, PhaseSums>>
  /** Requests that the new model got until it had a majority; null if it never had one. */
  readonly exposuresToAdopt: number | null
}

/** A Monday, midnight. */
const START_MS = Date.UTC(2026, 0, 5)
const MINUTE_MS = 60_000
const LYING_INSTANCE = 0

/** Plays one scenario. The requests and their luck depend only on the seed, not on the fleet. */
export async function simulate(
  scenario: Scenario,
  makeFleet: MakeFleet,
  seed: number,
): Promise<SimulationRun> {
  const fleet = makeFleet(worldOf(scenario, seed), derivedSeed(seed, 'fleet'))
  const luck = seededRandom(derivedSeed(seed, 'world'))
  const late = createLateOutcomes()
  const lies = createLies(scenario, late)
  const restart = createRestart(scenario, fleet)
  const sums = createPhaseSums(scenario)
  const adoption = createAdoption()
  const delays = seededRandom(derivedSeed(seed, 'delay'))
  for (let number = 0; number < scenario.requests; number += 1) {
    const sinceMs = (number + luck()) * scenario.gapMs
    const instance = Math.floor(luck() * scenario.instances)
    const fortune = luck()
    lies(sinceMs)
    await report(fleet, late, sinceMs)
    restart(sinceMs)
    const rates = scenario.arms.map(({ rateAt }) => rateAt(sinceMs))
    const candidates = rates.flatMap((rate, arm) => (rate === undefined ? [] : [arm]))
    const choice = fleet.choose({ atMs: START_MS + sinceMs, instance, taskType: 0, candidates })
    const rate = rates[choice.model] ?? 0
    const best = rates.reduce<number>((most, one) => Math.max(most, one ?? 0), 0)
    const success = fortune < rate
    sums.add(sinceMs, { rate, best, success })
    if (scenario.newcomer !== undefined && rates[scenario.newcomer] !== undefined) {
      adoption.add(choice.model === scenario.newcomer)
    }
    const dueMs = sinceMs + delayOf(scenario, delays)
    if (dueMs < Infinity) late.add(dueMs, { ...observe(instance, choice), success })
  }
  await report(fleet, late, scenario.requests * scenario.gapMs)
  await fleet.close()
  return { phases: sums.phases(), exposuresToAdopt: adoption.exposures() }
}

/** Names break ties, so each run shuffles them; otherwise one model would win every tie. */
function worldOf({ arms, instances }: Scenario, seed: number): World {
  const names = shuffled(arms.length, seededRandom(derivedSeed(seed, 'names')))
  return {
    taskTypes: ['coding'],
    models: arms.map((_, at) => ({ provider: 'simulated', model: `model-${names[at]}` })),
    instances,
    defaults: [{ model: 0, winRate: arms[0]?.rateAt(0) ?? 0.5 }],
  }
}

function observe(instance: number, { model, decisionId }: Choice) {
  return { instance, taskType: 0, model, decisionId }
}

async function report(fleet: Fleet, late: LateOutcomes, nowMs: number): Promise<void> {
  for (let due = late.take(nowMs); due !== undefined; due = late.take(nowMs)) {
    fleet.record({ ...due.outcome, atMs: START_MS + due.dueMs })
    await fleet.idle()
  }
}

/** Infinity for an outcome that never arrives. */
function delayOf({ delay }: Scenario, random: Random): number {
  if (delay === undefined) return 0
  const lost = random() < delay.lostShare
  const waiting = exponential(delay.meanMs, random)
  return lost ? Infinity : waiting
}

/** One instance bypasses its router and sends false outcomes to the queue every minute. */
function createLies({ poison }: Scenario, late: LateOutcomes): (nowMs: number) => void {
  let nextMs = poison?.fromMs ?? Infinity
  return (nowMs) => {
    while (poison !== undefined && nextMs <= nowMs) {
      const lie = { instance: LYING_INSTANCE, taskType: 0, decisionId: undefined }
      late.add(nextMs, { ...lie, model: poison.worst, success: true })
      late.add(nextMs, { ...lie, model: poison.best, success: false })
      nextMs += MINUTE_MS
    }
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
