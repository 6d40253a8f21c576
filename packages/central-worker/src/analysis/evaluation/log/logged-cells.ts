// What was logged, laid out by part, task type and candidate.
import { type CellName, cellKey, modelLevelKey } from '@winrate/shared-schema/contracts'
import type { Candidate } from './learned-outcomes.ts'
import {
  addMoments,
  type LoggedSums,
  type Measure,
  type Moments,
  noMoments,
  perMeasure,
} from './logged-outcomes.ts'

export interface LoggedCell extends CellName {
  readonly part: number
  readonly decisions: number
  /** Over the decisions that report the measure. */
  readonly known: Readonly<Record<Measure, Moments>>
  /** Share of the candidate's decisions at the task type, in all parts, that report the measure. */
  readonly knownShare: Readonly<Record<Measure, number>>
}

/** The cells of one task type in one part. */
export interface LoggedGroup {
  readonly part: number
  readonly taskType: string
  readonly cells: LoggedCell[]
}

export type LoggedCells = ReturnType<typeof createLoggedCells>

/** Adds up the sums of each cell. */
export function createLoggedCells(sums: Iterable<LoggedSums>) {
  const known = new Map<string, { row: LoggedSums; known: Record<Measure, Moments> }>()
  /** Decisions that report each measure, by task type and candidate. */
  const reported = new Map<string, Record<Measure, number>>()
  for (const row of sums) {
    const { measure, moments } = row
    const cell = known.get(placeKey(row)) ?? { row, known: perMeasure(() => noMoments) }
    cell.known[measure] = addMoments(cell.known[measure], moments)
    known.set(placeKey(row), cell)
    const counts = reported.get(cellKey(row)) ?? perMeasure(() => 0)
    counts[measure] += moments.count
    reported.set(cellKey(row), counts)
  }
  const places = new Map([...known.keys()].sort().map((key, at) => [key, at]))
  const cells = [...places.keys()].flatMap((key): LoggedCell[] => {
    const cell = known.get(key)
    if (cell === undefined) return []
    const { part, taskType, modelName, provider, thinkingLevel } = cell.row
    const counts = reported.get(cellKey(cell.row)) ?? perMeasure(() => 0)
    return [
      {
        ...{ part, taskType, modelName, provider, thinkingLevel },
        decisions: cell.known.success.count,
        known: cell.known,
        knownShare: perMeasure((measure) => counts[measure] / Math.max(1, counts.success)),
      },
    ]
  })
  return {
    /** In the order of their keys, so that those of one task type in one part follow each other. */
    cells,
    decisions: cells.reduce((sum, cell) => sum + cell.decisions, 0),
    groups: groupCells(cells),
    /** Place of a cell in `cells`; undefined where it has none. */
    find: (name: CellName & Pick<LoggedSums, 'part'>): number | undefined =>
      places.get(placeKey(name)),
    /** Whether the candidate was ever drawn at the task type with this measure reported. */
    reports: (measure: Measure, taskType: string, candidate: Candidate): boolean =>
      (reported.get(cellKey({ ...candidate, taskType }))?.[measure] ?? 0) > 0,
    /** What was drawn at a task type in any part, the most frequent first. */
    drawnAt: (taskType: string): readonly Candidate[] => drawnAt(cells, taskType),
  }
}

function drawnAt(cells: readonly LoggedCell[], taskType: string): readonly Candidate[] {
  const drawn = new Map<string, { candidate: Candidate; decisions: number }>()
  for (const { taskType: at, modelName, provider, thinkingLevel, decisions } of cells) {
    if (at !== taskType) continue
    const candidate = { modelName, provider, thinkingLevel }
    const key = modelLevelKey(candidate)
    drawn.set(key, { candidate, decisions: decisions + (drawn.get(key)?.decisions ?? 0) })
  }
  return [...drawn.values()]
    .sort((one, other) => other.decisions - one.decisions)
    .map(({ candidate }) => candidate)
}

function groupCells(cells: readonly LoggedCell[]): readonly LoggedGroup[] {
  const groups: LoggedGroup[] = []
  for (const cell of cells) {
    const { part, taskType } = cell
    const last = groups.at(-1)
    if (last?.part === part && last.taskType === taskType) last.cells.push(cell)
    else groups.push({ part, taskType, cells: [cell] })
  }
  return groups
}

function placeKey(name: CellName & Pick<LoggedSums, 'part'>): string {
  return `${name.part} ${cellKey(name)}`
}
