import type { Scenario } from './scenario.ts'

/** Sums over the requests of one phase. */
export interface PhaseSums {
  readonly requests: number
  /** Sum of best rate minus chosen rate, in points. */
  readonly regret: number
  /** Requests that got a model with the best rate. */
  readonly best: number
  readonly successes: number
}

export interface RequestFigures {
  /** Probability of success of the chosen model. */
  readonly rate: number
  /** Probability of success of the best model that the request allows. */
  readonly best: number
  readonly success: boolean
}

const POINTS = 100
const EQUAL = 1e-9

export function createPhaseSums({ phases }: Pick<Scenario, 'phases'>) {
  const sums = phases.map(({ name, untilMs, has = () => true }) => ({
    ...{ name, untilMs, has },
    ...{ requests: 0, regret: 0, best: 0, successes: 0 },
  }))
  return {
    add(sinceMs: number, instance: number, { rate, best, success }: RequestFigures): void {
      const phase =
        sums.find(({ untilMs, has }) => sinceMs < untilMs && has(instance)) ?? sums.at(-1)
      if (phase === undefined) return
      phase.requests += 1
      phase.regret += (best - rate) * POINTS
      if (best - rate < EQUAL) phase.best += 1
      if (success) phase.successes += 1
    },
    phases: (): Record<string, PhaseSums> =>
      Object.fromEntries(sums.map(({ name, untilMs: _, has: __, ...phase }) => [name, phase])),
  }
}

/** The sums of several phases together. */
export function mergePhases(phases: readonly PhaseSums[]): PhaseSums {
  return phases.reduce(
    (sum, phase) => ({
      requests: sum.requests + phase.requests,
      regret: sum.regret + phase.regret,
      best: sum.best + phase.best,
      successes: sum.successes + phase.successes,
    }),
    { requests: 0, regret: 0, best: 0, successes: 0 },
  )
}
