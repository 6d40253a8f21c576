import { REWARD_CELLS, type RewardDistribution } from '../rewards/reward-distribution.ts'

/** What is left out of the sums. */
const NEGLIGIBLE = 1e-12

/**
 * The probability of each contender to be the first whose reward is within `cells` of the greatest one: drawn from every
 * posterior, computed exactly and once. In the order of the list, the cheapest first. Below this `confidence` of being
 * within, a contender must be the best itself.
 *
 * With M the greatest, F the distributions and w their widths in cells,
 * P(i) = Σ over m of P(i is within, all before it are not, M ≤ m) - P(the same, M ≤ m - 1).
 */
export function chancesOfFirstWithin(
  rewards: readonly RewardDistribution[],
  cells: number,
  confidence = 0,
): Float64Array {
  const wide = rewards.map(() => cells)
  if (confidence === 0) return sumOverGreatest(rewards, wide, true)
  const within = sumOverGreatest(rewards, wide, false)
  return sumOverGreatest(
    rewards,
    wide.map((width, at) => ((within[at] ?? 0) >= confidence ? width : 0)),
    true,
  )
}

/** @param first Whether only the first within counts; else the probability of each to be within. */
function sumOverGreatest(
  rewards: readonly RewardDistribution[],
  widths: readonly number[],
  first: boolean,
): Float64Array {
  const count = rewards.length
  const chances = new Float64Array(count)
  // Of each contender: the probability that all from it on lie in the cells up to m, and up to m - 1.
  let upTo = new Float64Array(count + 1).fill(1)
  let before = new Float64Array(count + 1)
  before[count] = 1
  for (let m = 0; m < REWARD_CELLS && (before[0] ?? 0) < 1 - NEGLIGIBLE; m += 1) {
    for (let i = count - 1; i >= 0; i -= 1) upTo[i] = (upTo[i + 1] ?? 0) * (rewards[i]?.[m] ?? 0)
    if ((upTo[0] ?? 0) > NEGLIGIBLE) addWithin(m)
    ;[upTo, before] = [before, upTo]
  }
  return chances

  function addWithin(m: number): void {
    // Of those before i: the probability that none is within; where all count, that they lie up to m, and up to m - 1.
    let earlier = 1
    let earlierBefore = 1
    for (let i = 0; i < count; i += 1) {
      const reward = rewards[i]
      const far = at(reward, m - (widths[i] ?? 0) - 1)
      const near = at(reward, m)
      const nearBefore = at(reward, m - 1)
      chances[i] =
        (chances[i] ?? 0) +
        earlier * (near - far) * (upTo[i + 1] ?? 0) -
        earlierBefore * Math.max(0, nearBefore - far) * (before[i + 1] ?? 0)
      earlier *= first ? far : near
      earlierBefore *= first ? far : nearBefore
      if (earlier === 0) return
    }
  }
}

function at(reward: RewardDistribution | undefined, cell: number): number {
  return cell < 0 ? 0 : (reward?.[cell] ?? 1)
}
