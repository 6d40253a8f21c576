// Which task types have another best model than in the version before.
import { cellValuesAt, type SnapshotContent, taskNames } from '@winrate/shared-schema/contracts'
import type { PublishedSnapshot } from '@winrate/shared-schema/http'
import { winRate } from '@winrate/shared-schema/scoring'
import { bestCellFirst, LEAST_SAMPLES } from '../cells/cell-ranking.ts'

/** Task types, those with the most outcomes, of which a version tells. */
const MOST_LEADERS = 20

interface Leader {
  readonly row: number
  readonly samples: number
  readonly successes: number
  /** Outcomes of the task type. */
  all: number
}

type Changed = PublishedSnapshot['leaders'][number]

/** The best model of each task type changed where it is another; rates of few samples lead nowhere. */
export function changedLeaders(
  before: SnapshotContent | undefined,
  content: SnapshotContent,
): readonly Changed[] {
  const known = before === undefined ? new Map<string, Leader>() : leadersOf(before)
  const changes: { change: Changed; all: number }[] = []
  for (const [taskType, leader] of leadersOf(content)) {
    const was = known.get(taskType)
    const change = {
      taskType,
      before: before === undefined || was === undefined ? null : describe(before, was),
      after: describe(content, leader),
    }
    if (!isSame(change.before, change.after)) changes.push({ change, all: leader.all })
  }
  return changes
    .sort((one, other) => other.all - one.all)
    .slice(0, MOST_LEADERS)
    .map(({ change }) => change)
}

function leadersOf(content: SnapshotContent): Map<string, Leader> {
  const { cells } = content
  const names = taskNames(content)
  const leaders = new Map<string, Leader>()
  for (const [row, task] of cells.task.entries()) {
    const { samples, successes } = cellValuesAt(cells, row)
    if (samples < LEAST_SAMPLES) continue
    const taskType = names[task] ?? ''
    const known = leaders.get(taskType)
    const all = (known?.all ?? 0) + samples
    if (known !== undefined && bestCellFirst(known, { samples, successes }) <= 0) known.all = all
    else leaders.set(taskType, { row, samples, successes, all })
  }
  return leaders
}

function describe(
  { models, cells }: SnapshotContent,
  { row, samples, successes }: Leader,
): Changed['after'] {
  const model = models[cells.model[row] ?? -1]
  if (model === undefined) return null
  const { provider, name: modelName, thinkingLevel = null } = model
  return { provider, modelName, thinkingLevel, winRate: winRate(successes, samples), samples }
}

function isSame(one: Changed['before'], other: Changed['after']): boolean {
  return (
    one?.modelName === other?.modelName &&
    one?.provider === other?.provider &&
    one?.thinkingLevel === other?.thinkingLevel
  )
}
