import type { Comparison, SuccessRates } from '../baselines/compare-routing.ts'
import type { PreferenceOrder } from '../baselines/preference-order.ts'
import { type DemoReport, isComplete } from './demo-report.ts'
import { clip, formatCount, formatMs, formatNs } from './format-figures.ts'
import type { TextStyle } from './text-style.ts'

const BAR_WIDTH = 40
const LABEL_WIDTH = 27

/** The whole result, at most 80 columns wide. */
export function renderReport(
  report: DemoReport,
  comparison: Comparison,
  style: TextStyle,
): string[] {
  return [
    '',
    `  ${style.bold(`Success rate of the same ${formatCount(report.overall.decisions)} decisions`)}`,
    '',
    ...renderBars(report.overall, style),
    '',
    ...renderTable(report, style),
    '',
    ...renderChoices(comparison, style),
    '',
    ...renderLoop(report, style),
    '',
  ].map((line) => line.trimEnd())
}

function renderBars(rates: SuccessRates, style: TextStyle): string[] {
  const bar = (label: string, rate: number | null, paint: (text: string) => string) => {
    if (rate === null) return []
    const full = Math.round(rate * BAR_WIDTH)
    const rest = style.dim('─'.repeat(BAR_WIDTH - full))
    return [`  ${label.padEnd(LABEL_WIDTH)} ${paint('━'.repeat(full))}${rest} ${percent(rate)} %`]
  }
  return [
    ...bar('random choice', rates.random, style.dim),
    ...bar('fixed first choice', rates.first, style.dim),
    ...bar('Winrate, all decisions', rates.learned, style.green),
    ...bar('Winrate, last quarter', rates.learnedLastQuarter, style.green),
    ...bar('best single model, known', rates.bestSingle, style.cyan),
    ...bar('best per task type, known', rates.bestPerTask, style.cyan),
  ]
}

function renderTable({ overall, tasks }: DemoReport, style: TextStyle): string[] {
  const cells = (values: readonly string[]) => values.map((value) => value.padStart(9)).join('')
  const row = (name: string, rates: SuccessRates) => {
    const { decisions, random, first, learned, learnedLastQuarter } = rates
    const before = [formatCount(decisions), percent(random), percent(first)]
    const own = [percent(learned), percent(learnedLastQuarter)]
    const after = [percent(rates.bestSingle), percent(rates.bestPerTask)]
    return `  ${clip(name, 14).padEnd(14)}${cells(before)}${style.green(cells(own))}${cells(after)}`
  }
  const top = ['', '', 'fixed', 'Winrate', 'Winrate', 'best', 'best per']
  const bottom = ['decisions', 'random', 'first', 'all', 'last ¼', 'single', 'task']
  return [
    style.dim(`  ${' '.repeat(14)}${cells(top)}`),
    style.dim(`  ${'task type'.padEnd(14)}${cells(bottom)}`),
    ...Object.entries(tasks).map(([taskType, rates]) => row(taskType, rates)),
    style.bold(row('all', overall)),
  ]
}

/** The models of the fixed choices and of the choices in hindsight, without their providers. */
function renderChoices(comparison: Comparison, style: TextStyle): string[] {
  const { first, bestSingle, bestPerTask } = comparison
  const row = (name: string, one: string, other: string) =>
    `  ${clip(name, 14).padEnd(16)}${clip(one, 30).padEnd(32)}${clip(other, 30)}`
  return [
    style.dim(row('task type', 'fixed first choice', 'best in hindsight')),
    ...Object.entries(first).map(([taskType, order]) =>
      row(taskType, leader(order), leader(bestPerTask[taskType] ?? [])),
    ),
    style.bold(row('all', '', leader(bestSingle))),
  ]
}

function leader(order: PreferenceOrder): string {
  const [model] = order
  return model === undefined ? '–' : model.slice(model.indexOf('/') + 1)
}

function renderLoop(report: DemoReport, style: TextStyle): string[] {
  const { published, stored, duplicates, rejected, queued, snapshots, outcomeToSnapshotMs } = report
  const line = (label: string, text: string) => `  ${style.dim(label.padEnd(16))}${text}`
  const delay = outcomeToSnapshotMs === null ? 'never' : `after ${formatMs(outcomeToSnapshotMs)}`
  const verdict = isComplete(report)
    ? style.green('Every published outcome is stored, once.')
    : style.red('Not every published outcome is stored.')
  return [
    line('outcomes', `${formatCount(published)} published, ${formatCount(stored)} stored`),
    line(
      '',
      `${formatCount(duplicates)} duplicate, ${formatCount(rejected)} rejected, ${formatCount(queued)} still queued`,
    ),
    line(
      'snapshots',
      `${formatCount(snapshots)} published; an outcome is in one ${delay} (median)`,
    ),
    line('route()', `p50 ${formatNs(report.routeP50Ns)}, p99 ${formatNs(report.routeP99Ns)}`),
    '',
    `  ${verdict}`,
  ]
}

function percent(rate: number | null): string {
  return rate === null ? '–' : (rate * 100).toFixed(1)
}
