import type { Random } from '@winrate/demo/random/seeded-random'
import type { Policy } from '@winrate/shared-schema/contracts'
import {
  callFactors,
  createPosteriors,
  expectReward,
  inOrder,
  type LearnedCell,
  noEvidence,
  rate,
  readPolicies,
  taskBase,
} from '@winrate/shared-schema/scoring'
import type { PricedModel } from './priced-world.ts'

/** Decisions between two snapshots. */
const BATCH = 40
const TASK_TYPE = 'coding'

/** Means of a call, by what the chosen models really are. */
export interface Spent {
  readonly success: number
  readonly costUsd: number
}

export interface FleetRun {
  readonly models: readonly PricedModel[]
  readonly policy: Policy
  readonly decisions: number
  readonly random: Random
}

/**
 * A fleet that learns by a policy: posteriors, chances and draws are the client's own functions, a snapshot is what was
 * counted until then, and costs are known. Returns the means of the second half.
 */
export function runFleet({ models, policy, decisions, random }: FleetRun): Spent {
  const counts = models.map(() => ({ samples: 0, successes: 0 }))
  const half = decisions / 2
  let draw = () => 0
  let success = 0
  let costUsd = 0
  for (let decision = 0; decision < decisions; decision += 1) {
    if (decision % BATCH === 0) draw = drawerOf(models, counts, policy, random)
    const chosen = draw()
    const [model, count] = [models[chosen], counts[chosen]]
    if (model === undefined || count === undefined) throw new RangeError('no model')
    count.samples += 1
    count.successes += random() < model.success ? 1 : 0
    if (decision < half) continue
    success += model.success / half
    costUsd += model.costUsd / half
  }
  return { success, costUsd }
}

interface Count {
  readonly samples: number
  readonly successes: number
}

/** Draws the index of a model, by what has been counted so far. */
function drawerOf(
  models: readonly PricedModel[],
  counts: readonly Count[],
  policy: Policy,
  random: Random,
): () => number {
  const own = readPolicies(policy).at(TASK_TYPE)
  const cells = new Map(models.map(({ name }, at) => [name, cellOf(counts[at])]))
  const base = taskBase([...cells.values()].map(({ evidence }) => evidence))
  const posteriorOf = createPosteriors({
    table: {
      cells: (_, name) => [cells.get(name) ?? cellOf(undefined)],
      taskTypesOf: () => [],
      pathsOf: () => [],
      base: () => ({ ...base, ownCertainty: base.certainty }),
    },
    defaults: [],
    borrowsFrom: () => [],
    similarity: () => 0,
  })
  const known = models.map(({ name, costUsd }, at) => {
    const candidate = { modelName: name, provider: 'unknown', thinkingLevel: undefined }
    const posterior = posteriorOf(TASK_TYPE, candidate, own.priorMass ?? 1)
    const { samples } = cells.get(name) ?? cellOf(undefined)
    return {
      ...{ at, candidate, costUsd, responseTimeMs: undefined },
      estimate: { winRate: 0.5, confidence: 0, samples, source: 'unknown' as const },
      expectation: expectReward(posterior),
    }
  })
  const factorsOf = callFactors(known)
  const rated = known.map((one) => {
    const unrated = { ...one, factors: factorsOf(one) }
    return { ...unrated, ...rate(unrated, own.usualAim) }
  })
  const ordered = inOrder(rated, own.usualAim)
  const chances = own.chances(ordered, own.usualAim)
  return () => {
    let left = random()
    for (const [place, { at }] of ordered.entries()) {
      left -= chances[place] ?? 0
      if (left < 0) return at
    }
    return ordered[0]?.at ?? 0
  }
}

function cellOf({ samples, successes }: Count = { samples: 0, successes: 0 }): LearnedCell {
  return {
    provider: 'unknown',
    thinkingLevel: undefined,
    samples,
    successes,
    responseTimeMs: undefined,
    costUsd: undefined,
    evidence: { mass: samples, reward: samples === 0 ? 0 : successes / samples },
    faded: noEvidence,
  }
}
