import { clip, formatClock, formatCount, formatPercent } from './format-figures.ts'
import type { LiveState, LiveTask } from './live-state.ts'
import type { TextStyle } from './text-style.ts'

const BAR_WIDTH = 40
const MODEL_WIDTH = 36

/** The progress bar and the table of current results, at most 80 columns wide. */
export function renderLive(state: LiveState, style: TextStyle): string[] {
  const heading = row('task type', 'current best model', 'win rate', 'samples')
  return [
    `  ${renderBar(state, style)}`,
    '',
    `  ${style.dim(heading)}`,
    ...state.tasks.map((task) => `  ${renderTask(task, style)}`),
    '',
    `  ${style.dim(
      `snapshot ${formatCount(state.snapshot)}, ${formatCount(state.stored)} outcomes stored, ${formatCount(state.queued)} messages in the queue`,
    )}`,
  ]
}

/** The progress in one line, for output that is not a terminal. */
export function renderProgressLine(state: LiveState): string {
  const { decisions, totalDecisions, snapshot, stored } = state
  const share = Math.floor((100 * decisions) / totalDecisions)
  return `  ${String(share).padStart(3)} %  ${formatCount(decisions)} decisions, ${formatCount(stored)} outcomes stored, snapshot ${snapshot}`
}

function renderBar(state: LiveState, style: TextStyle): string {
  const { decisions, totalDecisions, elapsedMs } = state
  const share = totalDecisions === 0 ? 1 : decisions / totalDecisions
  const full = Math.round(share * BAR_WIDTH)
  const bar = style.cyan('━'.repeat(full)) + style.dim('─'.repeat(BAR_WIDTH - full))
  const percent = `${Math.floor(share * 100)} %`.padStart(5)
  const count = `${formatCount(decisions)} decisions`.padStart(17)
  return `${bar} ${percent} ${count}  ${formatClock(elapsedMs)}`
}

function renderTask({ taskType, best, samples }: LiveTask, style: TextStyle): string {
  const count = formatCount(samples)
  if (best === undefined) return row(taskType, style.dim('–'), '', count, 1)
  return row(taskType, best.model, formatPercent(best.winRate), count)
}

function row(
  taskType: string,
  model: string,
  winRate: string,
  samples: string,
  plainModelWidth = model.length,
): string {
  const padding = ' '.repeat(Math.max(0, MODEL_WIDTH - plainModelWidth))
  return [
    clip(taskType, 16).padEnd(16),
    plainModelWidth > MODEL_WIDTH ? clip(model, MODEL_WIDTH) : model + padding,
    winRate.padStart(9),
    samples.padStart(9),
  ].join('  ')
}
