// A fleet that learns and keeps to a budget: posteriors, chances, the router's pacer and the worker's pacing are the real ones. Only
// time, queue and storage are simulated.
import {
  type BudgetSetting,
  expectCallsLeft,
  type Pacing,
  paceFleet,
} from '@winrate/central-worker/testing'
import type { Random } from '@winrate/demo/random/seeded-random'
import { Pacer } from '@winrate/router-client/testing'
import type { Policy } from '@winrate/shared-schema/contracts'
import {
  callFactors,
  createPosteriors,
  expectReward,
  fourthRoot,
  inOrder,
  type LearnedCell,
  noEvidence,
  rate,
  readPolicies,
  taskBase,
  typicalValue,
} from '@winrate/shared-schema/scoring'
import { type ChangingWorld, DAY_MS } from './changing-world.ts'

export interface FleetRun {
  readonly world: ChangingWorld
  readonly policy: Policy
  /** Undefined: no budget. A number: the price of a dollar does not change. */
  readonly budget: BudgetSetting | number | undefined
  readonly tickMs: number
  /** How long after their decisions outcomes are reported, on average. */
  readonly lagMs: number
  readonly random: Random
}

export interface DaySpent {
  calls: number
  usd: number
}

export interface Spent {
  /** Share of the requests that succeed, by what the chosen models really are. */
  readonly success: number
  /** Mean of a call. */
  readonly usd: number
  readonly days: readonly DaySpent[]
}

/** Of the outcomes so many are never reported, and so many say no cost. */
const UNREPORTED = 0.05
const UNPRICED = 0.05
const HOUR_MS = 3_600_000

interface Cell {
  samples: number
  successes: number
  priced: number
  usd: number
  roots: number
}

interface Outcome {
  readonly atMs: number
  readonly decidedMs: number
  readonly instance: number
  readonly task: number
  readonly model: number
  readonly success: boolean
  readonly usd: number | undefined
  /** Never reported: the client tells so after an hour. */
  readonly isLost: boolean
}

export function runPacedFleet(run: FleetRun): Spent {
  const { world, budget, tickMs, lagMs, random } = run
  const pacers = Array.from({ length: world.instances }, () => new Pacer())
  const worker = createWorker(run)
  const waiting: Outcome[] = []
  const days = Array.from({ length: world.days }, (): DaySpent => ({ calls: 0, usd: 0 }))
  let chances = createChances(run, worker.cells)
  let tick = 0
  let success = 0
  for (const { atMs, instance, task, size } of world.requests) {
    for (; tick * tickMs <= atMs; tick += 1) {
      const nowMs = tick * tickMs
      waiting.sort((one, other) => other.atMs - one.atMs)
      while ((waiting.at(-1)?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
        const outcome = waiting.pop()
        if (outcome !== undefined) worker.count(outcome)
      }
      const published = worker.pace(nowMs)
      chances = createChances(run, worker.cells)
      for (const pacer of pacers) pacer.use(published)
    }
    const pacer = pacers[instance]
    if (pacer === undefined) throw new RangeError('no instance')
    const drawn = chances(pacer, task, atMs)
    const model = drawn.draw(random())
    pacer.decided(drawn.expectedUsd, drawn.knownUsd(model))
    const usd = size * world.costUsd(task, model, atMs)
    success += world.success(task, model)
    const day = days[Math.floor(atMs / DAY_MS)]
    if (day !== undefined) {
      day.calls += 1
      day.usd += usd
    }
    const isLost = random() < UNREPORTED
    const told = random() < UNPRICED ? undefined : usd
    const late = -lagMs * Math.log(1 - random())
    const outcome = {
      ...{ decidedMs: atMs, instance, task, model, usd: isLost ? undefined : told, isLost },
      atMs: atMs + (isLost ? HOUR_MS : late),
      success: random() < world.success(task, model),
    }
    waiting.push(outcome)
    // The router hears of it when it is reported, which is about now.
    const expected = drawn.knownUsd(model)
    if (!isLost && told !== undefined && budget !== undefined) {
      pacer.reported(named(model), told, expected, expected)
    }
  }
  const calls = days.reduce((sum, day) => sum + day.calls, 0)
  const usd = days.reduce((sum, day) => sum + day.usd, 0)
  return { success: success / calls, usd: usd / calls, days }
}

function named(model: number) {
  return { modelName: `model-${model}`, provider: 'unknown' }
}

function createWorker({ world, budget }: FleetRun) {
  const cells = Array.from({ length: world.tasks }, () =>
    Array.from(
      { length: world.models },
      (): Cell => ({ samples: 0, successes: 0, priced: 0, usd: 0, roots: 0 }),
    ),
  )
  const byHour: number[] = []
  const today = new Map<number, { calls: number; priced: number; usd: number }>()
  let pacing: Pacing | undefined

  return {
    cells,
    count({ decidedMs, task, model, success, usd, isLost }: Outcome): void {
      const cell = cells[task]?.[model]
      if (cell === undefined) return
      if (!isLost) {
        cell.samples += 1
        cell.successes += success ? 1 : 0
      }
      const hour = Math.floor(decidedMs / HOUR_MS)
      byHour[hour] = (byHour[hour] ?? 0) + 1
      const day = Math.floor(decidedMs / DAY_MS)
      const sums = today.get(day) ?? { calls: 0, priced: 0, usd: 0 }
      today.set(day, sums)
      sums.calls += 1
      if (usd === undefined) return
      sums.priced += 1
      sums.usd += usd
      cell.priced += 1
      cell.usd += usd
      cell.roots += fourthRoot(usd)
    },
    /** What a tick publishes of the budget. */
    pace(nowMs: number) {
      if (budget === undefined) return undefined
      if (typeof budget === 'number') {
        return { usdPerCall: 1e6, usdPrice: budget, targetUsd: 1e6 }
      }
      const day = Math.floor(nowMs / DAY_MS)
      const { calls, priced, usd } = today.get(day) ?? { calls: 0, priced: 0, usd: 0 }
      const usual = new Array<number>(24).fill(0)
      for (let hour = 0; hour < 24 * day; hour += 1) {
        usual[hour % 24] = (usual[hour % 24] ?? 0) + (byHour[hour] ?? 0) / day
      }
      const hours = (nowMs % DAY_MS) / HOUR_MS
      const spending = {
        ...{ day: `${day}`, hours, calls, pricedCalls: priced },
        usd: priced === 0 ? 0 : (usd * calls) / priced,
        callsLeft: expectCallsLeft(usual, { hours, calls }),
      }
      pacing = paceFleet(budget, spending, pacing)
      const { ceilingUsd, targetUsd, usdPrice } = pacing
      return { usdPerCall: ceilingUsd, usdPrice, targetUsd }
    },
  }
}

/** What routers know between two snapshots. */
function createChances({ world, policy }: FleetRun, cells: readonly (readonly Cell[])[]) {
  const own = readPolicies(policy).at('coding')
  const aim = own.usualAim
  const tasks = cells.map((row) => {
    const learned = row.map(learnedCell)
    const base = taskBase(learned.map(({ evidence }) => evidence))
    const posteriorOf = createPosteriors({
      table: {
        cells: (_, name) => learned.slice(Number(name.slice(6))).slice(0, 1),
        taskTypesOf: () => [],
        pathsOf: () => [],
        base: () => ({ ...base, ownCertainty: base.certainty }),
      },
      defaults: [],
      borrowsFrom: () => [],
      similarity: () => 0,
    })
    return learned.map(({ samples, costUsd }, model) => {
      const candidate = { ...named(model), thinkingLevel: undefined }
      const posterior = posteriorOf('coding', candidate, own.priorMass ?? 1)
      return {
        ...{ model, candidate, costUsd, responseTimeMs: undefined },
        estimate: { winRate: 0.5, confidence: 0, samples, source: 'unknown' as const },
        expectation: expectReward(posterior),
      }
    })
  })
  const kept = new Map<string, ReturnType<typeof choose>>()

  function choose(pacer: Pacer, task: number, atMs: number) {
    const known = (tasks[task] ?? []).filter(({ model }) => world.isThere(model, atMs))
    const factorsOf = callFactors(known)
    const rated = known.map((one) => {
      const factors = factorsOf(one)
      const dear = { ...factors, costUsd: factors.costUsd * pacer.dearnessOf(one.candidate) }
      const unrated = { ...one, factors: dear }
      return { ...unrated, ...rate(unrated, aim, pacer.usdPrice) }
    })
    const ordered = inOrder(rated, aim)
    const chances = own.chances(ordered, aim)
    const expectedUsd = ordered.reduce(
      (sum, { factors }, at) => sum + (chances[at] ?? 0) * factors.costUsd,
      0,
    )
    return {
      expectedUsd,
      knownUsd: (model: number) => known.find((one) => one.model === model)?.costUsd,
      draw(uniform: number): number {
        let left = uniform
        for (const [place, { model }] of ordered.entries()) {
          left -= chances[place] ?? 0
          if (left < 0) return model
        }
        return ordered[0]?.model ?? 0
      },
    }
  }

  // Routers that see the same prices share what one has worked out.
  const prices = new Map<Pacer, { readonly revision: number; readonly text: string }>()
  function pricesOf(pacer: Pacer): string {
    const known = prices.get(pacer)
    if (known?.revision === pacer.revision) return known.text
    const dear = Array.from({ length: world.models }, (_, model) => pacer.dearnessOf(named(model)))
    const made = { revision: pacer.revision, text: `${pacer.usdPrice} ${dear}` }
    prices.set(pacer, made)
    return made.text
  }

  return (pacer: Pacer, task: number, atMs: number) => {
    const there = Array.from({ length: world.models }, (_, model) => world.isThere(model, atMs))
    const key = `${pricesOf(pacer)} ${task} ${there}`
    const known = kept.get(key) ?? choose(pacer, task, atMs)
    kept.set(key, known)
    return known
  }
}

function learnedCell({ samples, successes, priced, usd, roots }: Cell): LearnedCell {
  return {
    provider: 'unknown',
    thinkingLevel: undefined,
    ...{ samples, successes, responseTimeMs: undefined },
    costUsd: priced < 5 ? undefined : typicalValue({ count: priced, sum: usd, rootSum: roots }),
    evidence: { mass: samples, reward: samples === 0 ? 0 : successes / samples },
    faded: noEvidence,
  }
}
