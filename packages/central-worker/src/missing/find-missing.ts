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
  /** How many they are. */
  readonly draws: number
}

/** As its client tells: drawn decisions, and those that have an outcome. */
export interface DecidedBlock extends Block {
  readonly decided: number
  readonly answered: number
  /** Outcomes of the instance at the task type that are stored, of all models and periods. */
  readonly reported: number
  /** Whether the instance was first heard of within a day, by the database's clock. */
  readonly isNew: boolean
}

/** How a model differs from the others of its task type. */
export interface Difference {
  /** The share of its outcomes that is reported, of what the other models lead to expect. */
  readonly reportedShare: number
  /** How many standard errors that is below 1. */
  readonly z: number
  /** Failures that count for each outcome of the model, for those that it lacks; 0 where the weights were judged. */
  readonly failuresPerOutcome: number
  /** Failures that count at least, were hardly any outcome reported. */
  readonly leastFailures: number
  /** The instances that lack the most. */
  readonly instances: readonly string[]
}

/** A model at a task type of which outcomes are missing. */
export interface MissingOutcomes extends CellName, Difference {}

/** A model at a task type of which clearly more or fewer answers have a verdict than of the others. */
export interface UnequalVerdicts extends CellName {
  /** Verdicts of the model for each that other models lead to expect; 1 where they are equal. */
  readonly relativeShare: number
  /** How many standard errors that is below 1; negative where it is above. */
  readonly z: number
}

/** Beyond which a model lacks outcomes. Looked at often and for many models, chance must not alarm. */
const BEGINS = { z: 4, share: 0.1 }
/** What lacks them goes on while it is beyond these, so that it does not come and go. */
const GOES_ON = { z: 3, share: 0.05 }
/** Of a task type, the most active: clients may invent names. */
const MOST_MODELS = 50

/**
 * Goes by the decisions at each task type where clients tell most of them, else by the weights of outcomes.
 *
 * @param known Keys of the models that lacked outcomes at the last judgement.
 */
export function findMissing(
  decided: readonly DecidedBlock[],
  drawn: readonly DrawnBlock[],
  known: ReadonlySet<string> = new Set(),
): readonly MissingOutcomes[] {
  const told = groupBy(decided, ({ taskType }) => taskType)
  const weighed = groupBy(drawn, ({ taskType }) => taskType)
  return [...new Set([...told.keys(), ...weighed.keys()])].flatMap((taskType) => {
    const decisions = told.get(taskType) ?? []
    const draws = weighed.get(taskType) ?? []
    if (coverMost(decisions, draws)) {
      const models = mostActive(decisions, (block) => block.decided)
      return clearOnes(models, compareDecided(decisions), { known, isBeyond: lacks })
    }
    const models = mostActive(draws, (block) => block.draws)
    return clearOnes(models, compareWeights(models), { known, isBeyond: lacks })
  })
}

/**
 * By the same rule, with answers for decisions, and those with a verdict for those with an outcome. What nobody judges may be
 * good or bad, so a model with more verdicts than the others is compared as wrongly as one with fewer.
 *
 * @param known Keys of the models that differed at the last judgement.
 */
export function findUnequalVerdicts(
  answers: readonly DecidedBlock[],
  known: ReadonlySet<string> = new Set(),
): readonly UnequalVerdicts[] {
  return [...groupBy(answers, ({ taskType }) => taskType).values()].flatMap((all) =>
    clearOnes(
      mostActive(all, (block) => block.decided),
      compareDecided(all),
      { known, isBeyond: differs },
    ).map(({ taskType, modelName, provider, thinkingLevel, reportedShare, z }) => ({
      ...{ taskType, modelName, provider, thinkingLevel },
      ...{ relativeShare: reportedShare, z },
    })),
  )
}

type IsBeyond = (difference: Difference, limits: typeof BEGINS) => boolean

const lacks: IsBeyond = ({ z, reportedShare }, limits) =>
  z > limits.z && reportedShare < 1 - limits.share

const differs: IsBeyond = ({ z, reportedShare }, limits) =>
  Math.abs(z) > limits.z && Math.abs(1 - reportedShare) > limits.share

/** Whether the decisions that clients tell are those of most drawn outcomes: one client alone must not turn the weights off. */
function coverMost(decisions: readonly DecidedBlock[], draws: readonly DrawnBlock[]): boolean {
  const told = groupBy(decisions, ({ instanceId }) => instanceId)
  let all = 0
  let covered = 0
  for (const [instanceId, blocks] of groupBy(draws, (block) => block.instanceId)) {
    const drawn = sumOf(blocks, (block) => block.draws)
    all += drawn
    covered += Math.min(
      drawn,
      sumOf(told.get(instanceId) ?? [], ({ answered }) => answered),
    )
  }
  return 2 * covered >= all
}

function mostActive<Of extends Block>(
  blocks: readonly Of[],
  massOf: (block: Of) => number,
): readonly (readonly Of[])[] {
  return [...groupBy(blocks, cellKey).values()]
    .map((own) => ({ own, mass: sumOf(own, massOf) }))
    .sort((one, other) => other.mass - one.mass)
    .slice(0, MOST_MODELS)
    .map(({ own }) => own)
}

function clearOnes<Of extends Block>(
  models: readonly (readonly Of[])[],
  compare: (own: readonly Of[]) => Difference | undefined,
  { known, isBeyond }: { readonly known: ReadonlySet<string>; readonly isBeyond: IsBeyond },
): MissingOutcomes[] {
  return models.flatMap((own) => {
    const difference = compare(own)
    const [first] = own
    if (difference === undefined || first === undefined) return []
    const limits = known.has(cellKey(first)) ? GOES_ON : BEGINS
    const { taskType, modelName, provider, thinkingLevel } = first
    return isBeyond(difference, limits)
      ? [{ taskType, modelName, provider, thinkingLevel, ...difference }]
      : []
  })
}

function sumOf<Item>(items: readonly Item[], massOf: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + massOf(item), 0)
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
