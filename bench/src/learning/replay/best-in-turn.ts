// Finds, in hindsight, the best fixed order of a few models, each called where those before it failed.
import type { MakeFleet } from '../fleet/fleet.ts'
import type { ReplayQuery, ReplaySet } from './replay-set.ts'

/** Models that orders are made of: more would take too long to go through. */
const MOST_MODELS = 24

/**
 * By task type: of the orders that succeed at least as often as the best single model, the cheapest; where none does, the
 * one that succeeds most often. A query that lacks a model of the order goes on with the next one.
 */
export function bestInTurn({ queries, orders }: ReplaySet, length: number): MakeFleet {
  return ({ taskTypes, models }) => {
    const best = taskTypes.map((_, taskType) => {
      const own = queries.filter((query) => query.taskType === taskType)
      const successes = models.map((_, model) => run(own, [model]).successes)
      const ranked = [...models.keys()].sort(
        (one, other) => (successes[other] ?? 0) - (successes[one] ?? 0),
      )
      const single = orders['best-single'][taskType]?.[0] ?? 0
      return bestOrder(own, ranked.slice(0, MOST_MODELS), single, length)
    })
    return {
      choose({ candidates }) {
        return { model: candidates[0] ?? 0, decisionId: undefined }
      },
      async solve({ taskType, candidates }, call) {
        const inTurn = (best[taskType] ?? []).filter((model) => candidates.includes(model))
        const order = inTurn.length > 0 ? inTurn : candidates.slice(0, 1)
        let costUsd: number | undefined = 0
        for (const model of order) {
          const outcome = call(model)
          costUsd =
            costUsd === undefined || outcome.costUsd === undefined
              ? undefined
              : costUsd + outcome.costUsd
          if (outcome.success || model === order.at(-1)) {
            return { model, success: outcome.success, costUsd }
          }
        }
        throw new RangeError('no candidates')
      },
      record() {},
      idle: () => undefined,
      restart() {},
      close: () => undefined,
    }
  }
}

interface Totals {
  readonly successes: number
  readonly costUsd: number
}

function bestOrder(
  queries: readonly ReplayQuery[],
  models: readonly number[],
  single: number,
  length: number,
): readonly number[] {
  const floor = run(queries, [single]).successes
  let best: { readonly order: readonly number[]; readonly totals: Totals } | undefined
  const visit = (order: readonly number[]) => {
    if (order.length < length) {
      for (const model of models) if (!order.includes(model)) visit([...order, model])
      return
    }
    const totals = run(queries, order)
    if (best === undefined || isBetter(totals, best.totals, floor)) best = { order, totals }
  }
  visit([])
  return best?.order ?? [single]
}

function isBetter(one: Totals, other: Totals, floor: number): boolean {
  const [enough, before] = [one.successes >= floor, other.successes >= floor]
  if (enough !== before) return enough
  return enough ? one.costUsd < other.costUsd : one.successes > other.successes
}

function run(queries: readonly ReplayQuery[], order: readonly number[]): Totals {
  let successes = 0
  let costUsd = 0
  for (const { models, outcomes } of queries) {
    for (const model of order) {
      const outcome = outcomes[models.indexOf(model)]
      costUsd += outcome?.costUsd ?? 0
      if (outcome?.success !== true) continue
      successes += 1
      break
    }
  }
  return { successes, costUsd }
}
