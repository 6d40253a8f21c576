// How well models do at a task type on the whole, with what single instances make of it bounded: whoever may send outcomes
// may invent any number of models, and each counts once in a base.
import {
  addEvidence,
  type Evidence,
  noEvidence,
  type TaskBase,
  taskBase,
} from '@winrate/shared-schema/scoring'
import type { TaskJudgement } from '../quarantine/judge-task.ts'
import type { CellMetrics } from './cell-metrics.ts'

/** An instance that has this share of a model's outcomes reports it alone. */
const ALONE = 2 / 3
/** Outcomes at which one of the models that an instance alone reports counts half among these. */
const HALF_WORTH = 10

interface Model {
  evidence: Evidence
  /** Mass by who reports it; the little known are one. */
  readonly masses: Map<number, number>
}

/** @param cells The metrics of the cells, in the order of the judgement; undefined where there are none. */
export function baseOfTask(
  cells: readonly (CellMetrics | undefined)[],
  judgement: Pick<TaskJudgement, 'task' | 'weights'>,
): TaskBase {
  const common: Evidence[] = []
  const alone = new Map<number, Evidence[]>()
  for (const { evidence, masses } of modelsOf(cells, judgement)) {
    const reporter = mainReporter(masses)
    if (reporter === undefined) common.push(evidence)
    else alone.set(reporter, [...(alone.get(reporter) ?? []), evidence])
  }
  const [only] = alone.values()
  // Where one instance reports everything there is nobody else to protect.
  if (alone.size === 1 && common.length === 0 && only !== undefined) return rounded(taskBase(only))
  return rounded(taskBase(common, [...alone.values()].map(asOneModel)))
}

function modelsOf(
  cells: readonly (CellMetrics | undefined)[],
  { task, weights }: Pick<TaskJudgement, 'task' | 'weights'>,
): readonly Model[] {
  const models = new Map<string, Model>()
  for (const [at, cell] of cells.entries()) {
    if (cell === undefined || cell.reward === null) continue
    const name = `${cell.provider}\0${cell.modelName}`
    const model = models.get(name) ?? { evidence: noEvidence, masses: new Map() }
    models.set(name, model)
    model.evidence = addEvidence(model.evidence, { mass: cell.evidence, reward: cell.reward })
    for (const voice of task.ofCell[at] ?? []) {
      const { instance, total } = voice
      const reporter = task.littleKnown.all.has(instance) ? LITTLE_KNOWN : instance
      const mass = (weights.get(voice) ?? 1) * total
      model.masses.set(reporter, (model.masses.get(reporter) ?? 0) + mass)
    }
  }
  return [...models.values()]
}

const LITTLE_KNOWN = -1

function mainReporter(masses: ReadonlyMap<number, number>): number | undefined {
  const all = [...masses.values()].reduce((sum, mass) => sum + mass, 0)
  for (const [reporter, mass] of masses) if (mass >= ALONE * all) return reporter
  return undefined
}

/** All that an instance alone reports counts as its best known model. */
function asOneModel(models: readonly Evidence[]): Evidence {
  let weight = 0
  let weighted = 0
  let most = 0
  for (const { mass, reward } of models) {
    weight += mass / (mass + HALF_WORTH)
    weighted += (reward * mass) / (mass + HALF_WORTH)
    most = Math.max(most, mass)
  }
  return weight === 0 ? noEvidence : { mass: most, reward: weighted / weight }
}

/** Published, so it should not change with every outcome. */
function rounded({ mean, certainty, priorMass }: TaskBase): TaskBase {
  return {
    mean: Number(mean.toFixed(4)),
    certainty: Number(certainty.toFixed(4)),
    priorMass: Number(priorMass.toPrecision(3)),
  }
}
