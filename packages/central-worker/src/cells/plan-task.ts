// How the metrics of each cell of a task type are worked out: who is left out, what counts of the rest, where the cell breaks,
// and how hard its work was. All cells of a task type follow from each other.
import { cellKey } from '@winrate/shared-schema/contracts'
import type { Steps } from '@winrate/shared-schema/steps'
import {
  type Judgement,
  judgeCell,
  type LeftOut,
  type Verdict,
} from '../quarantine/judge-instances.ts'
import { judgeTask, type TaskJudgement } from '../quarantine/judge-task.ts'
import type { Voice } from '../quarantine/voices.ts'
import type { CellSums } from '../window/cell-sums.ts'
import { createAgreement } from './agreement.ts'
import type { CellMetricsOptions, MissingFailures } from './cell-metrics.ts'
import { cellSpans } from './cell-spans.ts'
import { undrawnShare } from './drawn-evidence.ts'
import { easierWork, roughly } from './easier-work.ts'
import { findBreaks } from './find-breaks.ts'
import { instanceMix } from './instance-mix.ts'
import type { Untimed } from './reporting-delays.ts'

/** What the metrics of a cell follow from, besides its sums. */
export type Plan = Pick<
  CellMetricsOptions,
  'leftOut' | 'weights' | 'dispersion' | 'breaksAt' | 'easierWork' | 'undrawnShare' | 'missing'
>

interface PlanOptions {
  readonly verdicts: ReadonlyMap<string, Verdict>
  readonly mostlyOutvoted: ReadonlySet<string>
  /** Whether the sums tell which outcomes were drawn. */
  readonly knowsDraws: boolean
  readonly missing: ReadonlyMap<string, MissingFailures>
  readonly untimed: Untimed | undefined
  /** Whom the last tick left out. */
  readonly leftOut: LeftOut
}

interface PlannedTask {
  readonly task: TaskJudgement
  /** In the order of the cells. */
  readonly planned: readonly { readonly judgement: Judgement; readonly plan: Plan }[]
}

export function* planTask(
  cells: readonly CellSums[],
  { verdicts, mostlyOutvoted, knowsDraws, missing, untimed, leftOut }: PlanOptions,
): Steps<PlannedTask> {
  const task = yield* judgeTask(cells, {
    isTrusted: (instanceId) => verdicts.get(instanceId) === 'trusted',
    isSilenced: (instanceId) => verdicts.get(instanceId) === 'quarantined',
    wasLeftOut: (cell, instanceId) => leftOut.get(cell)?.has(instanceId) === true,
  })
  const judged = cells.map((cell, at) =>
    judgeCell(cell.name, at, task, { verdicts, mostlyOutvoted }),
  )
  const isLeftOut = ({ cell, instanceId }: Voice) => judged[cell]?.leftOut.has(instanceId) === true
  const { dispersion } = task.fit
  const spans = yield* cellSpans(task, isLeftOut)
  const breaks = findBreaks(spans, {
    dispersion,
    begunHours: task.task.begunHours,
    agree: createAgreement(task, isLeftOut),
    untimed,
  })
  const easier = easierWork(
    spans.map(({ blocks }) => blocks),
    { breaks, dispersion, begunHours: task.task.begunHours },
  )
  yield
  // Until sums tell what was drawn, everything counts.
  const share = knowsDraws ? undrawnShare(drawnOutcomes(task, isLeftOut)) : 1
  const mix = yield* instanceMix({
    ofCell: task.task.ofCell.map((voices) => voices.filter((voice) => !isLeftOut(voice))),
    instances: task.task.ofInstance.length,
    // Effects by chance would move models, too.
    workOf: (voice) => (task.fit.workDiffers ? task.fit.workOf(voice) : 0),
    shareOf: (voice) => shareOfEvidence(voice, share) * (task.weights.get(voice) ?? 1),
    breaks,
    begunHours: task.task.begunHours,
  })
  const keys = cells.map(({ name }) => cellKey(name))
  const planned = judged.map((judgement, at) => ({
    judgement,
    plan: {
      leftOut: judgement.leftOut,
      weights: weightsOf(task, at),
      dispersion,
      breaksAt: breaks[at],
      easierWork: roughly((easier[at] ?? 0) + (mix[at] ?? 0)),
      undrawnShare: share,
      missing: missing.get(keys[at] ?? ''),
    },
  }))
  return { task, planned }
}

/** Of an outcome of a voice, so many are evidence. */
function shareOfEvidence({ total, drawn }: Voice, undrawn: number): number {
  return total === 0 ? 0 : (drawn + undrawn * (total - drawn)) / total
}

/** Drawn outcomes in the window, of instances that count. */
function drawnOutcomes({ task }: TaskJudgement, isLeftOut: (voice: Voice) => boolean): number {
  return task.voices.reduce((sum, voice) => sum + (isLeftOut(voice) ? 0 : voice.drawn), 0)
}

function weightsOf({ task, weights }: TaskJudgement, at: number): ReadonlyMap<string, number> {
  const ofCell = new Map<string, number>()
  if (weights.size === 0) return ofCell
  for (const voice of task.ofCell[at] ?? []) {
    const weight = weights.get(voice)
    if (weight !== undefined) ofCell.set(voice.instanceId, weight)
  }
  return ofCell
}
