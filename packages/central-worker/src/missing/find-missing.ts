// Whose outcomes are not reported: failures that end in a time-out, for example. Only differences between models show; what
// all models lack in equal shares does not, and does no harm.
import { type CellName, cellKey } from '@winrate/shared-schema/contracts'
import { compareDecided } from './compare-decided.ts'
import { compareWeights } from './compare-weights.ts'

/** What one instance did with one model in some hours. */
interface Block extends CellName {
  readonly instanceId: string
  readonly period: number
}

/** As its outcomes tell. */
export interface DrawnBlock extends Block {
  /** Σ 1 / propensity of its drawn outcomes, and Σ 1 / propensity². */
  readonly weight: number
  readonly weightSquare: number
}

/** As its client tells: drawn decisions, and those that have an outcome. */
export interface DecidedBlock extends Block {
  readonly decided: number
  readonly answered: number
}

/** How a model differs from the others of its task type. */
export interface Difference {
  /** The share of its outcomes that is reported, of what the other models lead to expect. */
  readonly reportedShare: number
  /** How many standard errors that is below 1. */
  readonly z: number
  /** Failures that count for each outcome of the model, for those that it lacks; 0 where no client says what it decided. */
  readonly failuresPerOutcome: number
  /** Failures that count at least, were hardly any outcome reported. */
  readonly leastFailures: number
  /** The instances that lack the most. */
  readonly instances: readonly string[]
}

/** A model at a task type of which outcomes are missing. */
export interface MissingOutcomes extends CellName, Difference {}

/** Looked at often and for many models, chance must not alarm. */
const LEAST_Z = 4
const LEAST_SHARE_MISSING = 0.1

/** Goes by the decisions at each task type where clients tell them, else by the weights of outcomes. */
export function findMissing(
  decided: readonly DecidedBlock[],
  drawn: readonly DrawnBlock[],
): readonly MissingOutcomes[] {
  const told = groupBy(decided, ({ taskType }) => taskType)
  const found = [...told.values()].flatMap((all) =>
    clearOnes(groupBy(all, cellKey), (own) => compareDecided(own, all)),
  )
  const untold = drawn.filter(({ taskType }) => !told.has(taskType))
  for (const all of groupBy(untold, ({ taskType }) => taskType).values()) {
    const models = groupBy(all, cellKey)
    const others = (own: readonly DrawnBlock[]) =>
      [...models.values()].filter((other) => other !== own)
    found.push(...clearOnes(models, (own) => compareWeights(own, others(own))))
  }
  return found
}

function clearOnes<Of extends Block>(
  models: ReadonlyMap<string, readonly Of[]>,
  compare: (own: readonly Of[]) => Difference | undefined,
): MissingOutcomes[] {
  return [...models.values()].flatMap((own) => {
    const difference = compare(own)
    const [first] = own
    if (difference === undefined || first === undefined) return []
    const { taskType, modelName, provider, thinkingLevel } = first
    const isClear = difference.z > LEAST_Z && difference.reportedShare < 1 - LEAST_SHARE_MISSING
    return isClear ? [{ taskType, modelName, provider, thinkingLevel, ...difference }] : []
  })
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string) {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
