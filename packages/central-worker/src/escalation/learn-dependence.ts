// How much, at each task type, what some models failed at is hard for the others. Guarantees: what is learned rests on the
// evidence of cells, in which no instance counts as more than it may, and a task type without later attempts has none.
import {
  AFTER_STRATUM,
  afterStratum,
  askedTask,
  isAfterFailures,
} from '@winrate/shared-schema/contracts'
import {
  addEvidence,
  DEFAULT_DEPENDENCE,
  dependenceLogLikelihood,
  type EscalatedResults,
  type Evidence,
  MOST_DEPENDENCE,
  noEvidence,
} from '@winrate/shared-schema/scoring'
import type { Steps } from '@winrate/shared-schema/steps'

/** What is known of a cell: CellMetrics fit. */
export interface EscalationCell {
  readonly taskType: string
  readonly modelName: string
  readonly evidence: number
  readonly reward: number | null
}

export interface LearnedDependence {
  readonly taskType: string
  /** 0 to 5. */
  readonly dependence: number
}

/** How far task types lie apart: `npm run bench:dependence` found a standard deviation of 0.8. */
const PRIOR_DEVIATION = 0.9
const STEP = 0.25
/** Plain rates that rest on less say nothing. */
const LEAST_PLAIN = 10
/** Bounds on the work, whatever outcomes name: those with the most evidence. */
const MOST_TASK_TYPES = 30
const MOST_CELLS = 24

const grid = Array.from({ length: MOST_DEPENDENCE / STEP + 1 }, (_, at) => at * STEP)

/** For each task type with evidence of later attempts the mean of the posterior. */
export function* learnDependence(
  cells: readonly EscalationCell[],
): Steps<readonly LearnedDependence[]> {
  const later = laterAttempts(cells)
  if (later.size === 0) return []
  const plain = plainRates(cells.filter(({ taskType }) => later.has(taskType)))
  const massOf = (some: readonly EscalationCell[]) =>
    some.reduce((sum, { evidence }) => sum + evidence, 0)
  const learned: LearnedDependence[] = []
  const most = [...later].sort(([, one], [, other]) => massOf(other) - massOf(one))
  for (const [taskType, strata] of most.slice(0, MOST_TASK_TYPES)) {
    const results = resultsOf(strata, plain.get(taskType) ?? new Map())
    if (results.length === 0) continue
    const likelihoods: number[] = []
    for (const dependence of grid) {
      likelihoods.push(dependenceLogLikelihood(results, dependence) + logPrior(dependence))
      yield
    }
    learned.push({ taskType, dependence: Number(meanOf(likelihoods).toFixed(2)) })
  }
  return learned.sort((one, other) => (one.taskType < other.taskType ? -1 : 1))
}

/** By the task type that they are attempts of. */
function laterAttempts(cells: readonly EscalationCell[]): ReadonlyMap<string, EscalationCell[]> {
  const later = new Map<string, EscalationCell[]>()
  for (const cell of cells) {
    if (cell.evidence <= 0 || cell.reward === null || !isAfterFailures(cell.taskType)) continue
    const asked = askedTask(cell.taskType)
    const known = later.get(asked)
    if (known === undefined) later.set(asked, [cell])
    else known.push(cell)
  }
  return later
}

function logPrior(dependence: number): number {
  return -(((dependence - DEFAULT_DEPENDENCE) / PRIOR_DEVIATION) ** 2) / 2
}

function meanOf(logs: readonly number[]): number {
  const greatest = Math.max(...logs)
  let mass = 0
  let sum = 0
  for (const [at, log] of logs.entries()) {
    const weight = Math.exp(log - greatest)
    mass += weight
    sum += weight * (grid[at] ?? 0)
  }
  return sum / mass
}

/** What each model does at each task type, over all its providers and levels. */
function plainRates(
  cells: readonly EscalationCell[],
): ReadonlyMap<string, ReadonlyMap<string, Evidence>> {
  const rates = new Map<string, Map<string, Evidence>>()
  for (const { taskType, modelName, evidence, reward } of cells) {
    if (reward === null) continue
    const ofTask = rates.get(taskType) ?? new Map<string, Evidence>()
    rates.set(taskType, ofTask)
    const before = ofTask.get(modelName) ?? noEvidence
    ofTask.set(modelName, addEvidence(before, { mass: evidence, reward }))
  }
  return rates
}

/** A result counts as what it is worth beside plain rates that are uncertain, too: a harmonic sum of their evidence. */
function resultsOf(
  strata: readonly EscalationCell[],
  plain: ReadonlyMap<string, Evidence>,
): readonly EscalatedResults[] {
  const failedIn = readStrata([...plain.keys()])
  return [...strata]
    .sort((one, other) => other.evidence - one.evidence)
    .slice(0, MOST_CELLS)
    .flatMap(({ taskType, modelName, evidence, reward }) => {
      const names = failedIn(taskType)
      const rates = [modelName, ...names].map((name) => plain.get(name) ?? noEvidence)
      const [own, ...failed] = rates
      if (own === undefined || failed.length === 0 || reward === null) return []
      if (rates.some(({ mass }) => mass < LEAST_PLAIN)) return []
      const least = Math.min(...failed.map(({ mass }) => mass))
      const worth = 1 / (1 / evidence + 1 / own.mass + 1 / least)
      return {
        rate: own.reward,
        failedRates: failed.map(({ reward: rate }) => rate),
        successes: worth * reward,
        failures: worth * (1 - reward),
      }
    })
}

/** Finds the models that a stratum is named after; none where it cannot be told, such as of several very long names. */
function readStrata(models: readonly string[]): (taskType: string) => readonly string[] {
  const byStratum = new Map(models.map((name) => [afterStratum([name]) ?? '', name]))
  return (taskType) => {
    const stratum = taskType.slice(askedTask(taskType).length + 1)
    const one = byStratum.get(stratum)
    if (one !== undefined) return [one]
    const slugs = taskType.slice(taskType.indexOf(AFTER_STRATUM) + AFTER_STRATUM.length)
    const names = slugs.split('_and_').map((slug) => byStratum.get(afterStratum([slug]) ?? ''))
    return names.every((name) => name !== undefined) ? names : []
  }
}
