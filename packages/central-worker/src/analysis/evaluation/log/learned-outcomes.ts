// What had been learned at a moment, as sums of outcomes: what a policy chooses from.
import {
  type CellName,
  cellKey,
  isStratum,
  parentTask,
  rootTask,
} from '@winrate/shared-schema/contracts'
import {
  addToBase,
  type BaseModels,
  type LearnedCell,
  type LearnedTable,
  noEvidence,
  type TaskBase,
  TaskBases,
  taskBase,
  typicalValue,
} from '@winrate/shared-schema/scoring'
import { undrawnShare } from '../../../cells/drawn-evidence.ts'
import type { Queryable } from '../../../postgres/queryable.ts'
import { type Judging, judgedOutcomes, judgedValues } from './judged-outcomes.ts'

/** What a request may be given to; the thinking level is empty where the model is called without one. */
export type Candidate = Omit<CellName, 'taskType'>

/** Sums of one cell over the outcomes that count. */
export interface CellOutcomes extends CellName {
  readonly samples: number
  readonly successes: number
  readonly rewardSum: number
  /** Of the outcomes that were drawn: evidence, while the others shape the prior. */
  readonly drawnSamples: number
  readonly drawnSuccesses: number
  readonly drawnRewardSum: number
  readonly costSumUsd: number
  /** Fourth roots. */
  readonly costRootSum: number
  readonly costCount: number
}

/** Sums of a cell over one segment of time. */
export interface LearnedSegment extends CellOutcomes {
  /** Place in `borders` of the border that it begins at. */
  readonly segment: number
}

/** Policies learn from rewards; success is evaluated beside them. */
export type LearnedMeasure = 'reward' | 'success'

/** Sums up the outcomes that count, by the segments between `borders`, which are in order. */
export async function readLearned(
  queryable: Queryable,
  judging: Omit<Judging, 'from'>,
  borders: readonly Date[],
): Promise<readonly LearnedSegment[]> {
  const times = borders.map((border) => border.toISOString())
  const { rows } = await queryable.query<LearnedSegment>(
    `with judged as (${judgedOutcomes})
    select
      width_bucket(occurred_at, $4::timestamptz[]) - 1 as segment,
      learned_at as "taskType",
      model_name as "modelName",
      provider,
      thinking_level as "thinkingLevel",
      count(success)::double precision as samples,
      coalesce(sum(success), 0) as successes,
      coalesce(sum(reward), 0) as "rewardSum",
      count(success) filter (where propensity < 1)::double precision as "drawnSamples",
      coalesce(sum(success) filter (where propensity < 1), 0) as "drawnSuccesses",
      coalesce(sum(reward) filter (where propensity < 1), 0) as "drawnRewardSum",
      coalesce(sum(cost_usd), 0) as "costSumUsd",
      coalesce(sum(sqrt(sqrt(cost_usd))), 0) as "costRootSum",
      count(cost_usd)::double precision as "costCount"
    from judged
    where answers
    group by segment, learned_at, model_name, provider, thinking_level`,
    [...judgedValues({ ...judging, from: borders[0] ?? new Date(0) }), times],
  )
  return rows
}

/** Adds up the sums of each cell. */
export function addUpCells(outcomes: Iterable<CellOutcomes>): readonly CellOutcomes[] {
  const byCell = new Map<string, CellOutcomes>()
  for (const one of outcomes) {
    const key = cellKey(one)
    const before = byCell.get(key)
    byCell.set(key, before === undefined ? one : add(before, one))
  }
  return [...byCell.values()]
}

export interface LoggedTable extends LearnedTable {
  /** The names of the models that have cells at a task type. */
  modelNames(taskType: string): Iterable<string>
}

/** The cells as policies learn from them, with the evidence of one measure. */
export function createLearnedTable(
  cells: readonly CellOutcomes[],
  measure: LearnedMeasure,
): LoggedTable {
  const drawnAt = new Map<string, number>()
  for (const { taskType, drawnSamples } of cells) {
    drawnAt.set(taskType, (drawnAt.get(taskType) ?? 0) + drawnSamples)
  }
  return tableOfCells(
    cells.map((cell) => {
      const { taskType, modelName } = cell
      const learned = learnedCell(cell, measure, undrawnShare(drawnAt.get(taskType) ?? 0))
      return { taskType, modelName, learned }
    }),
  )
}

/** A table of cells that are learned already. */
export function tableOfCells(
  cells: readonly {
    readonly taskType: string
    readonly modelName: string
    readonly learned: LearnedCell
  }[],
): LoggedTable {
  const byTask = new Map<string, Map<string, LearnedCell[]>>()
  const tasksOf = new Map<string, string[]>()
  for (const { taskType, modelName, learned } of cells) {
    const byName = findOrAdd(byTask, taskType, () => new Map<string, LearnedCell[]>())
    const ofName = findOrAdd(byName, modelName, (): LearnedCell[] => [])
    if (ofName.length === 0) findOrAdd(tasksOf, modelName, (): string[] => []).push(taskType)
    ofName.push(learned)
  }
  const ownBases = new Map<string, TaskBase>()
  function baseOf(taskType: string): TaskBase {
    return findOrAdd(ownBases, taskType, () => {
      const models: BaseModels = { listed: [], unlisted: [] }
      for (const ofName of byTask.get(taskType)?.values() ?? []) addToBase(models, ofName, true)
      return taskBase(models.listed, models.unlisted)
    })
  }
  const paths = [...byTask.keys()].filter(
    (name) => parentTask(name) !== undefined && !isStratum(name),
  )
  const bases = new TaskBases(baseOf)
  for (const path of paths) bases.addPath(path)
  return {
    modelNames: (taskType) => byTask.get(taskType)?.keys() ?? [],
    cells: (taskType, modelName) => byTask.get(taskType)?.get(modelName) ?? [],
    taskTypesOf: (modelName) => tasksOf.get(modelName) ?? [],
    pathsOf: (root, modelName) =>
      paths.filter((path) => rootTask(path) === root && byTask.get(path)?.has(modelName)),
    base: (taskType) => bases.of(taskType),
  }
}

function findOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}

/** @param share Of the undrawn outcomes, that count as evidence as the drawn ones do. */
function learnedCell(cell: CellOutcomes, measure: LearnedMeasure, share: number): LearnedCell {
  const { provider, thinkingLevel, samples, successes, rewardSum } = cell
  const costs = { count: cell.costCount, sum: cell.costSumUsd, rootSum: cell.costRootSum }
  const [sum, drawnSum] =
    measure === 'reward' ? [rewardSum, cell.drawnRewardSum] : [successes, cell.drawnSuccesses]
  const undrawn = samples - cell.drawnSamples
  return {
    provider,
    thinkingLevel: thinkingLevel === '' ? undefined : thinkingLevel,
    samples,
    successes,
    responseTimeMs: undefined,
    costUsd: typicalValue(costs, samples),
    evidence: evidenceOf(cell.drawnSamples + share * undrawn, drawnSum + share * (sum - drawnSum)),
    faded: evidenceOf((1 - share) * undrawn, (1 - share) * (sum - drawnSum)),
  }
}

function evidenceOf(mass: number, sum: number): LearnedCell['evidence'] {
  return mass > 0 ? { mass, reward: sum / mass } : noEvidence
}

function add(one: CellOutcomes, other: CellOutcomes): CellOutcomes {
  return {
    ...one,
    samples: one.samples + other.samples,
    successes: one.successes + other.successes,
    rewardSum: one.rewardSum + other.rewardSum,
    drawnSamples: one.drawnSamples + other.drawnSamples,
    drawnSuccesses: one.drawnSuccesses + other.drawnSuccesses,
    drawnRewardSum: one.drawnRewardSum + other.drawnRewardSum,
    costSumUsd: one.costSumUsd + other.costSumUsd,
    costRootSum: one.costRootSum + other.costRootSum,
    costCount: one.costCount + other.costCount,
  }
}
