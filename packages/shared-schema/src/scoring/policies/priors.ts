// What is expected of a model at a task type before its own evidence there, where task types are paths. A path begins
// with what its parent expects, and a parent with what is known of the paths within it.
import { defaultAt } from '../../contracts/catalogue/catalogue.ts'
import type { ModelLevel } from '../../contracts/names/cell-name.ts'
import { isStratum, parentTask, rootTask } from '../../contracts/names/task-type.ts'
import { clampMean, type TaskBase } from '../estimates/prior-estimate.ts'
import { DEFAULT_WORTH_SAMPLES } from '../estimates/threshold-rule.ts'
import { type Evidence, type Prior, weaken } from '../rewards/posterior.ts'
import type { Knowledge } from './estimate.ts'
import { evidenceAtOtherLevels, sumLevel, sumLevels } from './learned-table.ts'

/** Outcomes that a prior is worth: a number of them, or as many as the models of the task type tell. */
export type PriorMass = number | 'learned'

/** However many outcomes a path has, it tells as much of another one as this many outcomes of that. */
const MOST_OF_PATH = 30
/** What relatives tell of a path that is known itself is worth this many outcomes at most. */
const MOST_MASS = 30
/** What a parent tells of a path that was split off, because models compare otherwise there: they differ by 0.22 in success. */
const MASS_AT_SPLIT = 4
/** Other levels and faded outcomes of a path count as this many outcomes each at most. */
const MOST_RELATED = 10

/**
 * Results of relatives count by their number, each moved by the difference of the bases: what tells is how a model
 * does there compared with others. A stratum tells nothing of its parent, because only some models can do its work.
 *
 * @param estimate The mean of the prior of a task type that is no path.
 */
export function createPriors(
  { table, defaults, evidenceShare = 1, splits }: Knowledge,
  estimate: (taskType: string, model: ModelLevel) => number,
) {
  function moved(from: string, to: string): number {
    const there = table.base(from)
    const here = table.base(to)
    return here.certainty * there.certainty * (here.mean - there.mean)
  }

  /** What the parent expects, its evidence included, but not what it knows from the path itself. */
  function fromParent(
    path: string,
    parent: string,
    model: ModelLevel,
    priorMass: PriorMass,
  ): Prior {
    const evidence = weaken(sumLevel(table, parent, model).evidence, evidenceShare)
    const known = add(prior(parent, model, priorMass, path), evidence)
    const base = table.base(path)
    // A path that is hardly known relies on its parent: only one that is asked for often pays for learning.
    const most = Math.max(MOST_MASS, massAt(base, priorMass)) / base.ownCertainty ** 2
    const mass = Math.min(known.mass, splits?.has(path) === true ? MASS_AT_SPLIT : most)
    const assumed = defaultAt(defaults, path, model.modelName)
    return [
      { mass: assumed === undefined ? 0 : DEFAULT_WORTH_SAMPLES, reward: assumed ?? 0 },
      atMost(MOST_RELATED, sumLevels(table, path, model).faded),
      atMost(MOST_RELATED, evidenceAtOtherLevels(table, path, model)),
    ].reduce(add, { mean: known.mean + moved(parent, path), mass })
  }

  /** @param without A path within the task type that does not count. */
  function prior(
    taskType: string,
    model: ModelLevel,
    priorMass: PriorMass,
    without?: string,
  ): Prior {
    const parent = parentTask(taskType)
    const above =
      parent === undefined
        ? { mean: estimate(taskType, model), mass: massAt(table.base(taskType), priorMass) }
        : fromParent(taskType, parent, model, priorMass)
    let known: Prior = above
    for (const path of table.pathsOf(rootTask(taskType), model.modelName)) {
      if (!isWithin(path, taskType) || path === without || isWithin(path, without)) continue
      const { mass, reward } = sumLevel(table, path, model).evidence
      if (mass > 0)
        known = add(known, { mass: worth(mass), reward: reward + moved(path, taskType) })
    }
    const mass = Math.max(above.mass, Math.min(known.mass, MOST_MASS))
    return { mean: clampMean(known.mean), mass }
  }

  return (taskType: string, model: ModelLevel, priorMass: PriorMass): Prior =>
    prior(taskType, model, priorMass)
}

export function massAt(base: TaskBase, priorMass: PriorMass): number {
  return priorMass === 'learned' ? base.priorMass : priorMass
}

function add({ mean, mass }: Prior, evidence: Evidence): Prior {
  if (evidence.mass === 0) return { mean, mass }
  const sum = mass + evidence.mass
  return { mean: (mass * mean + evidence.mass * evidence.reward) / sum, mass: sum }
}

function worth(mass: number): number {
  return (MOST_OF_PATH * mass) / (MOST_OF_PATH + mass)
}

function atMost(mass: number, evidence: Evidence): Evidence {
  return { mass: Math.min(mass, evidence.mass), reward: evidence.reward }
}

function isWithin(path: string, taskType: string | undefined): boolean {
  return (
    taskType !== undefined &&
    path.length > taskType.length &&
    path[taskType.length] === '/' &&
    path.startsWith(taskType) &&
    !isStratum(path)
  )
}
