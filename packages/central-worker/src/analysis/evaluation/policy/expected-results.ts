// What candidates are expected to achieve, from what had been learned: what a policy chooses by, and the
// model that the doubly robust estimate corrects. It decides as clients do, over sums of logged outcomes.
// It deliberately does not know what only a client or a tick has: an instance's own outcomes and breaks,
// caps, faded evidence, the age of a snapshot, learned or declared similarity, list prices, which names are invented.
import {
  type DefaultLayers,
  type ModelLevel,
  type ModelName,
  modelLevelKey,
} from '@winrate/shared-schema/contracts'
import {
  type CellPosterior,
  type ConfidenceParameters,
  createBorrowing,
  createEstimator,
  createPosteriors,
  type Estimate,
  type PriorMass,
  taskSimilarity,
} from '@winrate/shared-schema/scoring'
import {
  addUpCells,
  type Candidate,
  type CellOutcomes,
  createLearnedTable,
  type LearnedMeasure,
} from '../log/learned-outcomes.ts'

export interface Assumptions {
  readonly defaults: DefaultLayers
  readonly confidence?: ConfidenceParameters | undefined
}

export type ExpectedResults = ReturnType<typeof createExpectedResults>

export function createExpectedResults(
  outcomes: Iterable<CellOutcomes>,
  { defaults, confidence }: Assumptions,
) {
  const cells = addUpCells(outcomes)
  const similarity = (one: string, other: string) => taskSimilarity(one, other)
  const by = (measure: LearnedMeasure) => {
    const table = createLearnedTable(cells, measure)
    const borrowsFrom = createBorrowing({ table, assumed: defaults.flatMap(Object.keys) })
    const knowledge = { table, defaults, borrowsFrom, similarity, confidence }
    return {
      table,
      estimate: createEstimator(knowledge),
      posteriorOf: createPosteriors(knowledge),
      posteriors: new Map<string, CellPosterior>(),
    }
  }
  const measured = { reward: by('reward'), success: by('success') }
  const { table, estimate } = measured.reward

  return {
    cells,
    table,
    estimate: (taskType: string, candidate: Candidate, levelsApart: boolean): Estimate =>
      estimate(taskType, modelOf(candidate), levelsApart),
    /** The models that were called at a task type. */
    modelsAt(taskType: string): readonly ModelName[] {
      return [...table.modelNames(taskType)].flatMap((modelName) => {
        const providers = new Set(table.cells(taskType, modelName).map(({ provider }) => provider))
        return [...providers].map((provider) => ({ modelName, provider }))
      })
    },
    posterior(
      measure: LearnedMeasure,
      taskType: string,
      candidate: Candidate,
      priorMass: PriorMass,
    ): CellPosterior {
      const { posteriorOf, posteriors } = measured[measure]
      const key = `${priorMass} ${taskType} ${modelLevelKey(candidate)}`
      const known = posteriors.get(key)
      if (known !== undefined) return known
      const made = posteriorOf(taskType, modelOf(candidate), priorMass)
      posteriors.set(key, made)
      return made
    },
    /** Typical cost of a call in US dollars: here, else of the model anywhere; undefined where unknown. */
    costUsd: (taskType: string, candidate: Candidate): number | undefined =>
      estimate(taskType, modelOf(candidate), true).costUsd,
  }
}

function modelOf({ modelName, provider, thinkingLevel }: Candidate): ModelLevel {
  return { modelName, provider, thinkingLevel: thinkingLevel === '' ? undefined : thinkingLevel }
}
