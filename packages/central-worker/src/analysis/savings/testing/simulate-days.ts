// A made fleet whose truth is known: what each drawn decision would have cost at the baseline, whichever model was drawn. Routing
// prefers other models for the hard work, and sessions stay with their first draw.
import type { DrawnPart } from '../drawn-clusters.ts'
import type { DrawnDay } from '../evaluate-savings.ts'

export interface MadeFleet {
  readonly seed: number
  readonly days: number
  readonly instances: number
  /** Drawn decisions of an instance on a day. */
  readonly decisions: number
  /** Decisions of a session, on average; 1 for none. */
  readonly sessionLength: number
  /** By how much sessions differ: a standard deviation of logits, and of logarithms of costs. */
  readonly sessionEffect: number
  /** The same of instances. */
  readonly instanceEffect: number
  /** The standard deviation of the logarithm of a call's cost. */
  readonly costSpread: number
  /** The baseline's chance at easy and at hard work. Hard work costs four times as much and succeeds less. */
  readonly chances: { readonly easy: number; readonly hard: number }
  /** What the other model costs, by the baseline. */
  readonly otherCost: number
}

export interface MadeDay {
  readonly drawn: DrawnDay
  readonly decisions: number
  /** What all drawn decisions cost, would have cost at the baseline, and how many would have succeeded there. */
  readonly costUsd: number
  readonly baselineCostUsd: number
  readonly baselineSuccesses: number
  /** The mean cost of the baseline's own drawn decisions: what a description takes for the baseline's. */
  readonly chosenCostUsd: number
}

const HARD_SHARE = 0.4
const BLOCKS = 6

type Part = { -readonly [Field in keyof DrawnPart]: DrawnPart[Field] }

export function simulateDays(made: MadeFleet): readonly MadeDay[] {
  const random = randomOf(made.seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const instances = Array.from({ length: made.instances }, (_, at) => ({
    name: `i${at}`,
    effect: made.instanceEffect * normal(),
  }))
  return Array.from({ length: made.days }, (_, day): MadeDay => {
    const parts = new Map<string, Part>()
    const sums = { decisions: 0, costUsd: 0, baselineCostUsd: 0, baselineSuccesses: 0, chosen: 0 }
    for (const { name, effect } of instances) {
      let left = made.decisions
      while (left > 0) {
        const block = Math.floor(random() * BLOCKS)
        const isHard = random() < HARD_SHARE
        const propensity = isHard ? made.chances.hard : made.chances.easy
        const isBaseline = random() < propensity
        const logit = 1 + effect + made.sessionEffect * normal() - (isHard ? 1.5 : 0)
        const scale = effect + made.sessionEffect * normal() + Math.log(isHard ? 0.08 : 0.02)
        do {
          const success = random() < 1 / (1 + Math.exp(-logit)) ? 1 : 0
          const costUsd = Math.exp(scale + made.costSpread * normal())
          left -= 1
          sums.decisions += 1
          sums.baselineCostUsd += costUsd
          sums.baselineSuccesses += success
          sums.costUsd += isBaseline ? costUsd : costUsd * made.otherCost
          if (!isBaseline) continue
          sums.chosen += costUsd
          const part = parts.get(`${name} ${block}`) ?? noPart(name, block)
          parts.set(`${name} ${block}`, part)
          addTo(part, { weight: 1 / propensity, success, costUsd })
        } while (left > 0 && random() >= 1 / made.sessionLength)
      }
    }
    const all = [...parts.values()]
    const { decisions, costUsd, baselineCostUsd, baselineSuccesses } = sums
    return {
      drawn: { day: `day ${day}`, taskType: 'coding', samples: decisions, parts: all },
      ...{ decisions, costUsd, baselineCostUsd, baselineSuccesses },
      chosenCostUsd: sums.chosen / all.reduce((sum, { samples }) => sum + samples, 0),
    }
  })
}

function noPart(instanceId: string, block: number): Part {
  return {
    ...{ instanceId, block, samples: 0, weight: 0, weightSquares: 0, weightedSamples: 0 },
    ...{ weightedSuccesses: 0, weightedCostCount: 0, weightedCostUsd: 0 },
  }
}

function addTo(
  part: Part,
  { weight, success, costUsd }: { weight: number; success: number; costUsd: number },
): void {
  part.samples += 1
  part.weight += weight
  part.weightSquares += weight ** 2
  part.weightedSamples += weight
  part.weightedSuccesses += weight * success
  part.weightedCostCount += weight
  part.weightedCostUsd += weight * costUsd
}

/** mulberry32 */
function randomOf(seed: number): () => number {
  let state = (seed * 7_919) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const usual = {
  ...{ days: 7, instances: 20, decisions: 100, sessionLength: 1, sessionEffect: 0 },
  ...{ instanceEffect: 0, costSpread: 0.8, chances: { easy: 0.5, hard: 0.15 }, otherCost: 0.5 },
}
const inSessions = { ...usual, sessionLength: 6, sessionEffect: 0.7 }

/** Without their seeds. */
export const madeFleets: Readonly<Record<string, Omit<MadeFleet, 'seed'>>> = {
  'single decisions': usual,
  sessions: inSessions,
  'sessions of unequal instances': { ...inSessions, instanceEffect: 0.5 },
  'costs of a long tail': { ...usual, costSpread: 1.2, sessionLength: 6, sessionEffect: 0.5 },
  'three instances': { ...usual, instances: 3, decisions: 700 },
  'three instances, sessions': { ...inSessions, instances: 3, decisions: 700 },
  'a busy fleet': { ...inSessions, decisions: 600, instanceEffect: 0.5 },
  'a baseline that is mostly chosen': { ...inSessions, chances: { easy: 0.95, hard: 0.8 } },
  'a baseline that is rarely chosen': {
    ...inSessions,
    ...{ decisions: 500, chances: { easy: 0.08, hard: 0.03 } },
  },
}
