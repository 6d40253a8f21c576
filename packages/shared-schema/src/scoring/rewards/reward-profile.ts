// What the chances of being best need of a reward distribution, worked out once for each.
import { REWARD_CELLS, type RewardDistribution } from './reward-distribution.ts'

/** What is less likely than this is left out: it is as good as impossible. */
export const NEGLIGIBLE = 1e-9

/** A distribution between its first and its last cell that is not negligible. */
export interface RewardProfile {
  readonly firstCell: number
  readonly lastCell: number
  /** Of each of these cells: the probability of lying below its middle. */
  readonly belowMiddle: Float64Array
  /** Half of what lies in each of these cells, divided by what lies below its middle. */
  readonly halfToBelow: Float64Array
}

const profiles = new WeakMap<RewardDistribution, RewardProfile>()

export function rewardProfile(reward: RewardDistribution): RewardProfile {
  const known = profiles.get(reward)
  if (known !== undefined) return known
  const made = makeProfile(reward)
  profiles.set(reward, made)
  return made
}

function makeProfile(reward: RewardDistribution): RewardProfile {
  const firstCell = firstWhere((cell) => (reward[cell] ?? 1) >= NEGLIGIBLE)
  const lastCell = firstWhere((cell) => 1 - (reward[cell] ?? 1) < NEGLIGIBLE)
  const belowMiddle = new Float64Array(lastCell - firstCell + 1)
  const halfToBelow = new Float64Array(lastCell - firstCell + 1)
  let below = firstCell === 0 ? 0 : (reward[firstCell - 1] ?? 0)
  for (let at = 0; at < belowMiddle.length; at += 1) {
    const upTo = reward[firstCell + at] ?? 1
    const half = (upTo - below) / 2
    belowMiddle[at] = below + half
    halfToBelow[at] = half / (below + half)
    below = upTo
  }
  return { firstCell, lastCell, belowMiddle, halfToBelow }
}

/** The first cell that holds, where all after it hold too; the last one when none does. */
function firstWhere(holds: (cell: number) => boolean): number {
  let low = 0
  let high = REWARD_CELLS - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
