import { seededRandom, shuffled } from '@winrate/demo/random/seeded-random'
import type { MakeFleet } from '../fleet/fleet.ts'
import { derivedSeed } from '../random/derived-seed.ts'
import type { ReplayQuery, ReplaySet } from './replay-set.ts'

export interface ReplaySums {
  readonly decisions: number
  readonly successes: number
  /** Successes of the best model per task in hindsight on the same decisions. */
  readonly bestSuccesses: number
  /** Decisions that went to that model. */
  readonly best: number
  readonly costKnown: number
  readonly costUsd: number
  /** In the last quarter of the decisions. */
  readonly lateDecisions: number
  readonly lateSuccesses: number
  /** Among the first decisions of the run, for each of `looks`. */
  readonly early: readonly EarlySums[]
}

export interface EarlySums {
  readonly decisions: number
  readonly successes: number
}

/** After how many decisions of a run its success is reported. */
export const looks = [500, 2_000, 10_000] as const

export interface ReplayInput {
  readonly set: ReplaySet
  readonly makeFleet: MakeFleet
  readonly seed: number
  readonly decisions: number
  /** Whether answers are checked, and a request goes on until one is good. */
  readonly solves?: boolean
}

const START_MS = Date.UTC(2026, 0, 5)
/** Two requests per minute and instance. */
const PER_INSTANCE_MS = 30_000

/**
 * Every instance meets all queries repeatedly, in its own order. Returns the sums by task type. The queries
 * depend only on the seed, not on the fleet.
 */
export async function replay(input: ReplayInput): Promise<readonly ReplaySums[]> {
  const { set, seed, decisions } = input
  const { world, queries } = set
  const fleet = input.makeFleet(world, derivedSeed(seed, 'fleet'))
  const turn = createTurns(queries, world.instances, seed)
  const sums = world.taskTypes.map(emptySums)
  for (let number = 0; number < decisions; number += 1) {
    const instance = number % world.instances
    const query = turn(instance)
    const atMs = START_MS + Math.floor((number * PER_INSTANCE_MS) / world.instances)
    const { taskType, models } = query
    const request = { atMs, instance, taskType, candidates: models }
    const late = number >= decisions * 0.75
    const outcomeOf = (model: number) => {
      const found = query.outcomes[models.indexOf(model)]
      if (found === undefined) throw new Error(`model ${model} is not a candidate`)
      return found
    }
    if (input.solves === true && fleet.solve !== undefined) {
      const solved = await fleet.solve(request, outcomeOf)
      await fleet.idle()
      addDecision(sums[taskType], query, { number, ...solved, late })
      continue
    }
    const choice = fleet.choose(request)
    const { success, quality, responseTimeMs, costUsd } = outcomeOf(choice.model)
    fleet.record({
      ...{ atMs, instance, taskType, ...choice },
      ...{ success, quality, responseTimeMs, costUsd },
    })
    await fleet.idle()
    const decided = { number, model: choice.model, success, costUsd, late }
    addDecision(sums[taskType], query, decided)
  }
  await fleet.close()
  return sums
}

function createTurns(queries: readonly ReplayQuery[], instances: number, seed: number) {
  const orders = Array.from({ length: instances }, (_, instance) =>
    shuffled(queries.length, seededRandom(derivedSeed(seed, `order ${instance}`))),
  )
  const met = new Uint32Array(instances)
  return (instance: number): ReplayQuery => {
    const turn = met[instance] ?? 0
    met[instance] = turn + 1
    const query = queries[orders[instance]?.[turn % queries.length] ?? 0]
    if (query === undefined) throw new RangeError('no queries')
    return query
  }
}

interface Decided {
  readonly number: number
  readonly model: number
  readonly success: boolean
  readonly costUsd: number | undefined
  readonly late: boolean
}

type Open<Sums> = { -readonly [N in keyof Sums]: Sums[N] }

interface OpenSums extends Open<Omit<ReplaySums, 'early'>> {
  readonly early: readonly Open<EarlySums>[]
}

function addDecision(
  sums: OpenSums | undefined,
  query: ReplayQuery,
  { number, model, success, costUsd, late }: Decided,
): void {
  if (sums === undefined) return
  const won = success ? 1 : 0
  sums.decisions += 1
  sums.successes += won
  sums.bestSuccesses += query.bestSuccess
  sums.best += model === query.best ? 1 : 0
  sums.costKnown += costUsd === undefined ? 0 : 1
  sums.costUsd += costUsd ?? 0
  sums.lateDecisions += late ? 1 : 0
  sums.lateSuccesses += late ? won : 0
  for (const [at, look] of looks.entries()) {
    const early = sums.early[at]
    if (early === undefined || number >= look) continue
    early.decisions += 1
    early.successes += won
  }
}

function emptySums(): OpenSums {
  return {
    decisions: 0,
    successes: 0,
    bestSuccesses: 0,
    best: 0,
    costKnown: 0,
    costUsd: 0,
    lateDecisions: 0,
    lateSuccesses: 0,
    early: looks.map(() => ({ decisions: 0, successes: 0 })),
  }
}

export function mergeSums(all: readonly ReplaySums[]): ReplaySums {
  return all.reduce<ReplaySums>(
    (sum, one) => ({
      decisions: sum.decisions + one.decisions,
      successes: sum.successes + one.successes,
      bestSuccesses: sum.bestSuccesses + one.bestSuccesses,
      best: sum.best + one.best,
      costKnown: sum.costKnown + one.costKnown,
      costUsd: sum.costUsd + one.costUsd,
      lateDecisions: sum.lateDecisions + one.lateDecisions,
      lateSuccesses: sum.lateSuccesses + one.lateSuccesses,
      early: sum.early.map(({ decisions, successes }, at) => ({
        decisions: decisions + (one.early[at]?.decisions ?? 0),
        successes: successes + (one.early[at]?.successes ?? 0),
      })),
    }),
    emptySums(),
  )
}
