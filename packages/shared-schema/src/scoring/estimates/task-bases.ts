// The bases of task types of which some are paths.
import { findUpwards, parentTask } from '../../contracts/names/task-type.ts'
import { type MeanOfModels, MODELS_TO_TASK_TYPES, type TaskBase } from './prior-estimate.ts'

/** The base of a task type, by what is known of its relatives too. */
export interface RelatedBase extends TaskBase {
  /** The certainty by its own results alone. */
  readonly ownCertainty: number
}

/**
 * How well models do at each task type on the whole. A path of which little is known is expected to be as hard as its
 * parent, and a task type without results of its own as the paths within it are.
 */
export class TaskBases {
  readonly #ownOf: (taskType: string) => TaskBase
  /** Certainties of the paths within a task type, and means weighted by them. */
  readonly #within = new Map<string, { certainty: number; weighted: number }>()
  /** Of task types that something is known of. */
  readonly #known = new Map<string, RelatedBase>()

  /** @param ownOf The base by a task type's own results. */
  constructor(ownOf: (taskType: string) => TaskBase) {
    this.#ownOf = ownOf
  }

  /** Counts a path for the task types that it lies in. */
  addPath(path: string): void {
    const { mean, certainty } = this.#ownOf(path)
    findUpwards(parentTask(path) ?? '', (at) => {
      const sums = this.#within.get(at) ?? { certainty: 0, weighted: 0 }
      sums.certainty += certainty
      sums.weighted += certainty * mean
      this.#within.set(at, sums)
      return undefined
    })
  }

  of(taskType: string): RelatedBase {
    const known = this.#known.get(taskType)
    if (known !== undefined) return known
    const made = this.#make(taskType)
    if (made.ownCertainty > 0 || this.#within.has(taskType)) this.#known.set(taskType, made)
    return made
  }

  #make(taskType: string): RelatedBase {
    const own = this.#ownOf(taskType)
    const within = this.#within.get(taskType)
    const parent = parentTask(taskType)
    const known = within === undefined ? own : blend(own, meanOf(within))
    const base = parent === undefined ? known : blend(known, this.of(parent))
    const { priorMass } = parent === undefined || own.certainty > 0 ? own : this.of(parent)
    return { ...base, priorMass, ownCertainty: own.certainty }
  }
}

function meanOf({ certainty, weighted }: { certainty: number; weighted: number }): MeanOfModels {
  return {
    mean: certainty === 0 ? 0 : weighted / certainty,
    certainty: certainty / (certainty + MODELS_TO_TASK_TYPES),
  }
}

/** The second base counts as far as the first one is uncertain. */
function blend(first: MeanOfModels, second: MeanOfModels): MeanOfModels {
  const rest = (1 - first.certainty) * second.certainty
  if (rest === 0) return first
  const certainty = first.certainty + rest
  return { mean: (first.certainty * first.mean + rest * second.mean) / certainty, certainty }
}
