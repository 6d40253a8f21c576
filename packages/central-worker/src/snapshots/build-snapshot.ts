import {
  columnsOf,
  modelLevelKey,
  parentTask,
  type Snapshot,
  type SnapshotContent,
  type TaskTokens,
} from '@winrate/shared-schema/contracts'
import { type TaskBase, taskBase } from '@winrate/shared-schema/scoring'
import type { CellMetrics } from '../cells/cell-metrics.ts'
import type { LearnedSimilarity } from '../cells/learn-similarity.ts'
import type { LearnedDependence } from '../escalation/learn-dependence.ts'
import {
  decisiveDependence,
  decisiveRows,
  decisiveSimilarity,
  LARGE_TABLE_CELLS,
  rowOf,
} from './decisive-rows.ts'

/** What a snapshot says besides its cells. */
export interface SnapshotFrame
  extends Omit<
    SnapshotContent,
    'similarity' | 'bases' | 'escalation' | 'tokens' | 'tasks' | 'models' | 'cells'
  > {
  /** Where learned similarity differs from the documented table. */
  readonly similarity: readonly LearnedSimilarity[]
  /** How models' failures go together. */
  readonly dependence?: readonly LearnedDependence[]
  /** By task type; without them clients work them out from the cells. */
  readonly bases?: ReadonlyMap<string, TaskBase>
  /** What a call typically takes, by task type. */
  readonly tokens?: ReadonlyMap<string, TaskTokens> | undefined
}

/**
 * Lays the cells out in columns over two dictionaries. Where a snapshot was published before, a large table
 * shows only what has changed decisively since.
 */
export function buildSnapshot(
  {
    similarity: learnedSimilarity,
    dependence: learnedDependence = [],
    bases,
    tokens = new Map(),
    ...frame
  }: SnapshotFrame,
  metrics: readonly CellMetrics[],
  published?: SnapshotContent,
): SnapshotContent {
  const learned = metrics.filter((cell) => cell.samples > 0 || cell.fadedEvidence > 0)
  // Sums over another window cannot be compared: then every row is due.
  const before =
    learned.length >= LARGE_TABLE_CELLS && published?.windowDays === frame.windowDays
      ? published
      : undefined
  const rows =
    before === undefined ? learned.map(rowOf) : decisiveRows(learned, frame.version, before)
  const similarity =
    before === undefined ? learnedSimilarity : decisiveSimilarity(learnedSimilarity, before)
  const dependence =
    before === undefined ? learnedDependence : decisiveDependence(learnedDependence, before)
  const names = [...new Set(learned.map(({ taskType }) => taskType))]
  const paths = names.filter((name) => parentTask(name) !== undefined)
  const plain = names.filter((name) => parentTask(name) === undefined)
  const tasks = new Map([...plain, ...paths].map((name, at) => [name, at]))
  const models = new Map<string, { at: number; model: Snapshot['models'][number] }>()
  for (const cell of learned) {
    const id = modelLevelKey(cell)
    if (!models.has(id)) models.set(id, { at: models.size, model: modelOf(cell) })
  }
  return {
    ...frame,
    ...(similarity.length > 0 && { similarity: similarityColumns(similarity, tasks) }),
    ...escalationColumns(dependence, tasks),
    ...(bases !== undefined && { bases: baseColumns([...tasks.keys()], bases) }),
    ...tokenColumns(tasks, tokens),
    tasks: [...plain, ...paths.map((_, at) => `path-${at}`)],
    paths,
    models: [...models.values()].map(({ model }) => model),
    cells: {
      task: learned.map((cell) => tasks.get(cell.taskType) ?? 0),
      model: learned.map((cell) => models.get(modelLevelKey(cell))?.at ?? 0),
      ...columnsOf(rows),
    },
  }
}

function similarityColumns(
  similarity: readonly LearnedSimilarity[],
  tasks: ReadonlyMap<string, number>,
): NonNullable<Snapshot['similarity']> {
  return {
    one: similarity.map(({ one }) => tasks.get(one) ?? 0),
    other: similarity.map(({ other }) => tasks.get(other) ?? 0),
    value: similarity.map(({ value }) => value),
  }
}

/** A task type without cells of its own has no place. */
function escalationColumns(
  learned: readonly LearnedDependence[],
  tasks: ReadonlyMap<string, number>,
): Pick<Snapshot, 'escalation'> {
  const task: number[] = []
  const dependence: number[] = []
  for (const one of learned) {
    const at = tasks.get(one.taskType)
    if (at === undefined) continue
    task.push(at)
    dependence.push(one.dependence)
  }
  return task.length === 0 ? {} : { escalation: { task, dependence } }
}

function baseColumns(
  tasks: readonly string[],
  bases: ReadonlyMap<string, TaskBase>,
): NonNullable<Snapshot['bases']> {
  const unknown = taskBase([])
  const rows = tasks.map((task) => bases.get(task) ?? unknown)
  return {
    mean: rows.map(({ mean }) => mean),
    certainty: rows.map(({ certainty }) => certainty),
    priorMass: rows.map(({ priorMass }) => priorMass),
  }
}

function tokenColumns(
  tasks: ReadonlyMap<string, number>,
  tokens: ReadonlyMap<string, TaskTokens>,
): Pick<SnapshotContent, 'tokens'> {
  const rows = [...tasks].flatMap(([name, task]) => {
    const taken = tokens.get(name)
    return taken === undefined ? [] : [{ task, ...taken }]
  })
  if (rows.length === 0) return {}
  return {
    tokens: {
      task: rows.map(({ task }) => task),
      input: rows.map(({ input }) => input),
      cacheRead: rows.map(({ cacheRead }) => cacheRead),
      output: rows.map(({ output }) => output),
    },
  }
}

function modelOf({ provider, modelName, thinkingLevel }: CellMetrics): Snapshot['models'][number] {
  return { provider, name: modelName, ...(thinkingLevel === '' ? {} : { thinkingLevel }) }
}
