import { defaultPolicy } from '@winrate/shared-schema/scoring'
import type { MakeFleet } from './fleet/fleet.ts'
import { epsilonFleet, greedyFleet } from './peers/greedy-fleet.ts'
import { litellmFleet } from './peers/litellm-fleet.ts'
import { thresholdFleet } from './peers/threshold-fleet.ts'
import { bestInTurn } from './replay/best-in-turn.ts'
import { fixedFleet } from './replay/fixed-fleet.ts'
import { fixedPolicies, type ReplaySet } from './replay/replay-set.ts'
import { routerFleet } from './winrate/router-fleet.ts'

/** The worker's default. */
const usual = defaultPolicy()

const learners = {
  winrate: routerFleet({ policy: usual }),
  /** The original's rule. */
  threshold: thresholdFleet,
  greedy: greedyFleet,
  epsilon: epsilonFleet,
  litellm: litellmFleet,
  'winrate-within': routerFleet({ policy: usual, prefer: { within: 0.02, then: 'cost' } }),
  'winrate-cost': routerFleet({ policy: usual, prefer: 'cost' }),
} satisfies Record<string, MakeFleet>

export const simulationPolicies = ['winrate', 'threshold', 'greedy', 'epsilon', 'litellm'] as const

export type SimulationPolicy = (typeof simulationPolicies)[number]

/** Of data whose costs are known. */
export const pricedPolicies = ['winrate-within', 'winrate-cost'] as const

/** Of data whose costs are known: a request goes on until an answer is good. */
export const planPolicies = ['winrate-plan', 'best-pair', 'best-triple'] as const

export type PlanPolicy = (typeof planPolicies)[number]

export function isPlanPolicy(policy: ReplayPolicy): policy is PlanPolicy {
  return planPolicies.some((each) => each === policy)
}

export const replayPolicies = [
  ...fixedPolicies,
  'threshold',
  'epsilon',
  'litellm',
  'winrate',
  ...pricedPolicies,
  ...planPolicies,
] as const

export type ReplayPolicy = (typeof replayPolicies)[number]

export function simulationFleet(policy: SimulationPolicy): MakeFleet {
  return learners[policy]
}

export function replayFleet(policy: ReplayPolicy, set: ReplaySet): MakeFleet {
  if (policy === 'winrate-plan') return learners.winrate
  if (policy === 'best-pair') return bestInTurn(set, 2)
  if (policy === 'best-triple') return bestInTurn(set, 3)
  return policy === 'fixed' || policy === 'best-single' || policy === 'best-per-task'
    ? fixedFleet(set.orders[policy])
    : learners[policy]
}
