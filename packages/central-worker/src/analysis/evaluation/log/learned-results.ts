// What had been learned at a moment, as sums: what a policy chooses from.
import { addEvidence, type Evidence, noEvidence } from '@winrate/shared-schema/scoring'
import { type Candidate, candidateKey } from './candidate.ts'

/** Sums of one cell over the outcomes that count. */
export interface LearnedCell extends Candidate {
  readonly taskType: string
  readonly samples: number
  readonly successes: number
  readonly rewardSum: number
  readonly costSumUsd: number
  readonly costCount: number
}

/** What is learned of: policies learn from rewards, success is evaluated beside them. */
export type LearnedMeasure = 'reward' | 'success'

export interface LearnedResults {
  readonly taskTypes: readonly string[]
  /** What was called at a task type, in order of the key. */
  candidatesAt(taskType: string): readonly Candidate[]
  /** Undefined where the candidate was never called at this task type. */
  cell(taskType: string, candidate: Candidate): LearnedCell | undefined
  /** Over all thinking levels of the model. */
  allLevels(taskType: string, candidate: Candidate): LearnedCell | undefined
  /** The evidence of each model at a task type, all its levels together. */
  evidenceByModel(taskType: string, measure: LearnedMeasure): readonly Evidence[]
}

type CellIndex = ReadonlyMap<string, ReadonlyMap<string, LearnedCell>>

/** Indexes the cells; those of one name are added up. */
export function createLearnedResults(cells: Iterable<LearnedCell>): LearnedResults {
  const exact = index(cells, (cell) => cell)
  const pooled = index(cells, (cell) => ({ ...cell, thinkingLevel: '' }))
  return {
    taskTypes: [...exact.keys()].sort(),
    candidatesAt: (taskType) =>
      [...(exact.get(taskType) ?? [])].sort(([one], [other]) => (one < other ? -1 : 1)).map(second),
    cell: (taskType, candidate) => exact.get(taskType)?.get(candidateKey(candidate)),
    allLevels: (taskType, candidate) =>
      pooled.get(taskType)?.get(candidateKey({ ...candidate, thinkingLevel: '' })),
    evidenceByModel: (taskType, measure) =>
      [...(pooled.get(taskType)?.values() ?? [])].map((cell) => evidenceOf(cell, measure)),
  }
}

export function evidenceOf(cell: LearnedCell | undefined, measure: LearnedMeasure): Evidence {
  if (cell === undefined || cell.samples === 0) return noEvidence
  const sum = measure === 'reward' ? cell.rewardSum : cell.successes
  return addEvidence(noEvidence, { mass: cell.samples, reward: sum / cell.samples })
}

function index(cells: Iterable<LearnedCell>, named: (cell: LearnedCell) => LearnedCell): CellIndex {
  const byTask = new Map<string, Map<string, LearnedCell>>()
  for (const given of cells) {
    const cell = named(given)
    const ofTask = byTask.get(cell.taskType) ?? new Map<string, LearnedCell>()
    byTask.set(cell.taskType, ofTask)
    const key = candidateKey(cell)
    const present = ofTask.get(key)
    ofTask.set(key, present === undefined ? cell : addCells(present, cell))
  }
  return byTask
}

function addCells(one: LearnedCell, other: LearnedCell): LearnedCell {
  return {
    ...one,
    samples: one.samples + other.samples,
    successes: one.successes + other.successes,
    rewardSum: one.rewardSum + other.rewardSum,
    costSumUsd: one.costSumUsd + other.costSumUsd,
    costCount: one.costCount + other.costCount,
  }
}

function second<T>([, value]: readonly [unknown, T]): T {
  return value
}
