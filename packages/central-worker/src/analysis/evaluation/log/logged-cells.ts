// What was logged, as sums per part, task type and candidate.

import { modelLevelKey } from '@winrate/shared-schema/contracts'
import type { Candidate } from './learned-results.ts'
import { addMoments, type Moments, noMoments } from './moments.ts'

/** What policies are compared by. */
export const measures = ['success', 'reward', 'costUsd'] as const

export type Measure = (typeof measures)[number]

/** Sums over the decisions of one cell that report one measure; every decision reports success. */
export interface LoggedSums extends Candidate {
  /** Place of the part of the period, 0 for the earliest. */
  readonly part: number
  readonly taskType: string
  readonly measure: Measure
  readonly moments: Moments
}

export interface LoggedCell {
  readonly part: number
  readonly taskType: string
  readonly candidate: Candidate
  readonly decisions: number
  /** Over the decisions that report the measure. */
  readonly known: Readonly<Record<Measure, Moments>>
  /** Share of the candidate's decisions at the task type, in all parts, that report the measure. */
  readonly knownShare: Readonly<Record<Measure, number>>
}

export interface LoggedCells {
  readonly cells: readonly LoggedCell[]
  readonly decisions: number
  /** Place of a cell in `cells`; undefined where it has none. */
  find(name: Pick<LoggedSums, 'part' | 'taskType' | keyof Candidate>): number | undefined
  /** Whether the candidate was ever drawn at the task type with this measure reported. */
  reports(measure: Measure, taskType: string, candidate: Candidate): boolean
  /** What was drawn at a task type in any part, the most frequent first. */
  drawnAt(taskType: string): readonly Candidate[]
  /** Decisions of a task type in a part. */
  groups(): readonly {
    readonly part: number
    readonly taskType: string
    readonly decisions: number
  }[]
}

/** Lays the sums out by cell; those of one cell are added up. */
export function createLoggedCells(sums: Iterable<LoggedSums>): LoggedCells {
  const byCell = new Map<string, LoggedSums & { known: Record<Measure, Moments> }>()
  const byPair = new Map<string, Record<Measure, number>>()
  for (const row of sums) {
    const key = cellKey(row)
    const cell = byCell.get(key) ?? { ...row, known: nothingKnown() }
    byCell.set(key, cell)
    cell.known[row.measure] = addMoments(cell.known[row.measure], row.moments)
    const pair = byPair.get(pairKey(row.taskType, row)) ?? { success: 0, reward: 0, costUsd: 0 }
    byPair.set(pairKey(row.taskType, row), pair)
    pair[row.measure] += row.moments.count
  }
  const places = new Map([...byCell.keys()].sort().map((key, at) => [key, at]))
  const cells = [...places.keys()].flatMap((key) => {
    const row = byCell.get(key)
    return row === undefined ? [] : [cellOf(row, byPair.get(pairKey(row.taskType, row)))]
  })
  return {
    cells,
    decisions: cells.reduce((sum, cell) => sum + cell.decisions, 0),
    find: (name) => places.get(cellKey(name)),
    reports: (measure, taskType, candidate) =>
      (byPair.get(pairKey(taskType, candidate))?.[measure] ?? 0) > 0,
    drawnAt: (taskType) => drawnAt(cells, taskType),
    groups: () => groupCells(cells),
  }
}

function cellOf(
  row: LoggedSums & { readonly known: Record<Measure, Moments> },
  counts: Record<Measure, number> | undefined,
): LoggedCell {
  const { part, taskType, modelName, provider, thinkingLevel, known } = row
  const all = Math.max(1, counts?.success ?? 0)
  return {
    part,
    taskType,
    candidate: { modelName, provider, thinkingLevel },
    decisions: known.success.count,
    known,
    knownShare: {
      success: 1,
      reward: (counts?.reward ?? 0) / all,
      costUsd: (counts?.costUsd ?? 0) / all,
    },
  }
}

function drawnAt(cells: readonly LoggedCell[], taskType: string): readonly Candidate[] {
  const drawn = new Map<string, { candidate: Candidate; decisions: number }>()
  for (const { taskType: at, candidate, decisions } of cells) {
    if (at !== taskType) continue
    const before = drawn.get(modelLevelKey(candidate))?.decisions ?? 0
    drawn.set(modelLevelKey(candidate), { candidate, decisions: before + decisions })
  }
  return [...drawn.values()]
    .sort((one, other) => other.decisions - one.decisions)
    .map(({ candidate }) => candidate)
}

function groupCells(cells: readonly LoggedCell[]) {
  const groups = new Map<string, { part: number; taskType: string; decisions: number }>()
  for (const { part, taskType, decisions } of cells) {
    const key = `${part} ${taskType}`
    const group = groups.get(key) ?? { part, taskType, decisions: 0 }
    groups.set(key, { ...group, decisions: group.decisions + decisions })
  }
  return [...groups.values()]
}

function nothingKnown(): Record<Measure, Moments> {
  return { success: noMoments, reward: noMoments, costUsd: noMoments }
}

function pairKey(taskType: string, candidate: Candidate): string {
  return `${taskType} ${modelLevelKey(candidate)}`
}

function cellKey(name: Pick<LoggedSums, 'part' | 'taskType' | keyof Candidate>): string {
  return `${name.part} ${pairKey(name.taskType, name)}`
}
