// The standing experiment as decisions need it: which share the baseline routes, who that is, and how arms are drawn.
import {
  type ArmName,
  type Holdout,
  modelLevelKey,
  plainProvider,
  shortExperiment,
} from '@winrate/shared-schema/contracts'
import { type Policies, policyKinds, readPolicies } from '@winrate/shared-schema/scoring'
import { hashBits, uniformAt } from '../../runtime/random.ts'
import type { Candidate } from './candidate.ts'
import type { RoutingBasis } from './routing-basis.ts'

/** What a decision belongs to, as its outcomes carry it. Decisions share it. */
export interface Arm {
  readonly arm: ArmName
  readonly experiment: string
}

export interface Experiment {
  readonly share: number
  /** The policy that is the baseline; undefined where a model is. */
  readonly policies: Policies | undefined
  /** The arm that a number, uniform below 2^53, falls on: in every process the same one. */
  armOf(number: number): Arm
  /** The place of the model that is the baseline; -1 where it is not among them, or a policy is. */
  placeIn(candidates: readonly { readonly candidate: Candidate }[]): number
}

export function readExperiment(
  { id, share, baseline }: Holdout,
  resolve: RoutingBasis['resolve'],
): Experiment {
  const experiment = shortExperiment({ id })
  const holdout: Arm = Object.freeze({ arm: 'holdout', experiment })
  const learned: Arm = Object.freeze({ arm: 'learned', experiment })
  const mark = hashBits(id.toLowerCase())
  const policies = policyKinds.includes(baseline) ? readPolicies({ kind: baseline }) : undefined
  const isBaseline = matcherOf(baseline, resolve)
  return {
    share,
    policies,
    armOf: (number) => (uniformAt(mark, number) < share ? holdout : learned),
    placeIn(candidates) {
      let found = -1
      let least = ''
      if (policies !== undefined) return found
      for (const [place, { candidate }] of candidates.entries()) {
        if (!isBaseline(candidate)) continue
        // Of several, such as thinking levels, always the same one, and first the one without a level.
        const rank = `${candidate.thinkingLevel === undefined ? 0 : 1} ${modelLevelKey(candidate)}`
        if (found >= 0 && rank > least) continue
        found = place
        least = rank
      }
      return found
    },
  }
}

function matcherOf(
  baseline: string,
  resolve: RoutingBasis['resolve'],
): (candidate: Candidate) => boolean {
  const [provider = '', ...rest] = baseline.split('/')
  const name = rest.join('/')
  const named = name === '' ? resolve(baseline) : resolve(name, provider)
  return (candidate) =>
    candidate.modelName === baseline ||
    (candidate.modelName === named.modelName &&
      (name === '' || plainProvider(candidate.provider) === plainProvider(provider)))
}
