// What a project may know of the others. Guarantees: of fewer than LEAST_SHARING projects nothing is told; none of them counts as more than any
// other with as much evidence; a project learns no name that it does not have and that is not known to all.
import { builtInTaskTypes, type CellName, cellKey } from '@winrate/shared-schema/contracts'
import { addEvidence, type Evidence } from '@winrate/shared-schema/scoring'

/** A mean of two tells each what the other one's is. */
export const LEAST_SHARING = 3
/** What a project with less evidence of a cell says of it is chance. */
const LEAST_EVIDENCE = 10
/** Of one project, so that a large one does not speak for all. */
const MOST_EVIDENCE = 100
/**
 * As how many outcomes it counts, however many there are: few enough that 25 of its own outcomes of each model turn a project whose
 * needs are the opposite.
 */
export const SHARED_MASS = 10

export interface KnownCell extends CellName {
  readonly evidence: number
  /** Mean reward of the evidence, 0 to 1. */
  readonly reward: number
}

export interface SharedCell extends CellName, Evidence {}

export interface ProjectCells {
  readonly project: string
  readonly cells: readonly KnownCell[]
}

interface Learner {
  readonly project: string
  /** What it has outcomes of itself. */
  readonly own: readonly CellName[]
}

type ModelName = Pick<CellName, 'provider' | 'modelName'>

/** A model's name as one text. */
export const modelKey = ({ provider, modelName }: ModelName) =>
  JSON.stringify([provider, modelName])

/**
 * What the sharing projects know, for a project that learns.
 *
 * @param publicModels Keys of models whose names are known to all.
 */
export function sumShared(
  sharing: readonly ProjectCells[],
  { project, own }: Learner,
  publicModels: ReadonlySet<string>,
): readonly SharedCell[] {
  const taskTypes = new Set<string>([...builtInTaskTypes, ...own.map(({ taskType }) => taskType)])
  const models = new Set([...publicModels, ...own.map(modelKey)])
  const levels = new Set(['', ...own.map(({ thinkingLevel }) => thinkingLevel)])
  const found = new Map<string, { name: CellName; projects: number; sum: Evidence }>()
  for (const other of sharing) {
    if (other.project === project) continue
    for (const { evidence, reward, ...name } of other.cells) {
      const isKnown =
        taskTypes.has(name.taskType) && models.has(modelKey(name)) && levels.has(name.thinkingLevel)
      if (!isKnown || evidence < LEAST_EVIDENCE) continue
      const key = cellKey(name)
      const before = found.get(key) ?? { name, projects: 0, sum: { mass: 0, reward: 0 } }
      const mass = Math.min(MOST_EVIDENCE, evidence)
      found.set(key, {
        name,
        projects: before.projects + 1,
        sum: addEvidence(before.sum, { mass, reward }),
      })
    }
  }
  return [...found.values()]
    .filter(({ projects }) => projects >= LEAST_SHARING)
    .map(({ name, sum }) => ({
      ...name,
      mass: SHARED_MASS,
      // Three digits, so that it does not change with every outcome of others.
      reward: Number(sum.reward.toFixed(3)),
    }))
}
