// What candidates are expected to achieve, from what had been learned: what a policy chooses by, and the
// model that the doubly robust estimate corrects. It decides as clients do, over sums of logged outcomes.
// It deliberately does not know what only a client or a tick has: an instance's own outcomes and breaks,
// caps, faded evidence, the age of a snapshot, learned or declared similarity, which names are invented.
import {
  type DefaultLayers,
  type ModelLevel,
  type ModelName,
  modelLevelKey,
  type TaskTokens,
} from '@winrate/shared-schema/contracts'
import {
  CallCosts,
  type CellPosterior,
  type ConfidenceParameters,
  createBorrowing,
  createEstimator,
  createPosteriors,
  type Estimate,
  type ModelCatalogue,
  type ModelFacts,
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
  /** What is known of models beside their outcomes: their list prices and thinking levels. */
  readonly catalogue: Pick<ModelCatalogue, 'nameOf' | 'resolve'>
  /** What a call of a task type typically takes, where outcomes tell it. */
  readonly tokens: ReadonlyMap<string, TaskTokens>
}

export type ExpectedResults = ReturnType<typeof createExpectedResults>

export function createExpectedResults(
  outcomes: Iterable<CellOutcomes>,
  { defaults, confidence, catalogue, tokens }: Assumptions,
) {
  const cells = addUpCells(outcomes)
  const similarity = (one: string, other: string) => taskSimilarity(one, other)
  const factsOf = ({ modelName, provider }: ModelName): ModelFacts =>
    catalogue.resolve(modelName, provider)
  const by = (measure: LearnedMeasure) => {
    const table = createLearnedTable(cells, measure)
    const borrowsFrom = createBorrowing({ table, assumed: defaults.flatMap(Object.keys) })
    const costs = new CallCosts(table, tokens)
    for (const cell of cells) costs.addModel(factsOf(cell))
    const costRatio = (from: string, to: string) => costs.ratio(from, to)
    const knowledge = { table, defaults, borrowsFrom, similarity, confidence, costRatio }
    return {
      table,
      costs,
      estimate: createEstimator(knowledge),
      posteriorOf: createPosteriors(knowledge),
      posteriors: new Map<string, CellPosterior>(),
    }
  }
  const measured = { reward: by('reward'), success: by('success') }
  const { table, costs, estimate } = measured.reward

  function expect(taskType: string, candidate: Candidate, levelsApart: boolean): Estimate {
    const known = estimate(taskType, modelOf(candidate), levelsApart)
    const { prices, usdPerMTokens } = factsOf(candidate)
    const { costUsd } = known
    return { ...known, costUsd: costs.expectedUsd(taskType, { costUsd, prices, usdPerMTokens }) }
  }

  return {
    cells,
    table,
    factsOf,
    estimate: expect,
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
    /** Expected cost of a call in US dollars; undefined where nothing is known. */
    costUsd: (taskType: string, candidate: Candidate): number | undefined =>
      expect(taskType, candidate, true).costUsd,
  }
}

function modelOf({ modelName, provider, thinkingLevel }: Candidate): ModelLevel {
  return { modelName, provider, thinkingLevel: thinkingLevel === '' ? undefined : thinkingLevel }
}
