import { formatTable } from '../../commands/format-table.ts'
import type { LogEvaluation } from '../evaluation/evaluate-log.ts'
import type { MeasureEstimates } from '../evaluation/evaluate-policies.ts'
import { type LeftOutReason, leftOutReasons } from '../evaluation/log/judged-outcomes.ts'
import { type Interval, LEAST_CLUSTERS } from '../evaluation/log/quantity.ts'

export interface EvaluatedPeriod {
  /** ISO 8601. */
  readonly from: string
  readonly until: string
  readonly days: number
}

interface Section {
  readonly title: string
  readonly measure: 'success' | 'reward' | 'costUsd'
  readonly write: (value: number) => string
}

const sections: readonly Section[] = [
  { title: 'Success rate', measure: 'success', write: (value) => value.toFixed(3) },
  { title: 'Reward', measure: 'reward', write: (value) => value.toFixed(3) },
  { title: 'Mean cost in US dollars', measure: 'costUsd', write: (value) => value.toPrecision(3) },
]

/** An evaluation for people: tables per measure, then what speaks against its figures. */
export function describeEvaluation(period: EvaluatedPeriod, evaluation: LogEvaluation): string {
  const { decisions, policies } = evaluation
  const head = [
    `${decisions} decisions of the last ${period.days} days are evaluated, in ${evaluation.parts} parts, each with policies that learned before it.`,
    ...leftOutLines(evaluation),
  ]
  if (decisions === 0) {
    return [
      ...head,
      'There is nothing to evaluate: only decisions with a draw tell of others.',
    ].join('\n')
  }
  const warnings = policies.flatMap(({ name, warnings }) =>
    warnings.map(({ message }) => `  ${name}: ${message}`),
  )
  return [
    ...head,
    ...sections.flatMap((section) => ['', sectionTables(section, evaluation)]),
    '',
    ...(warnings.length === 0
      ? ['No warnings: the log overlaps with every policy.']
      : ['WARNING: the log cannot answer for these. Do not rely on their figures.', ...warnings]),
    '',
    ...assumptions(evaluation),
  ].join('\n')
}

/** Two tables, one below the other: beside each other they are wider than many terminals. */
function sectionTables(
  { title, measure, write }: Section,
  { logged, policies }: LogEvaluation,
): string {
  const span = ({ estimate, low, high }: Interval) =>
    `${write(estimate)} [${write(low)}, ${write(high)}]`
  const rowsOf = (cells: (estimates: MeasureEstimates) => string[]) =>
    policies.map(({ name, warnings, effectiveSampleSize, [measure]: estimates }) => ({
      name: warnings.length === 0 ? name : `${name} (!)`,
      cells: estimates === null ? ['not known', ''] : cells(estimates),
      effective: effectiveSampleSize.toFixed(0),
      clear: estimates === null ? '' : estimates.difference.clear ? 'yes' : 'no',
    }))
  const robust = rowsOf(({ dr, difference }) => [span(dr), span(difference)])
  const others = rowsOf(({ snips, ips }) => [span(snips), span(ips)])
  const own = logged[measure]
  return [
    formatTable([
      [title, 'doubly robust', 'difference to logged', 'clear'],
      ['logged', own === null ? 'not known' : span(own)],
      ...robust.map(({ name, cells, clear }) => [name, ...cells, clear]),
    ]),
    formatTable([
      ['by other estimators', 'self-normalised', 'inverse propensity', 'effective'],
      ...others.map(({ name, cells, effective }) => [name, ...cells, effective]),
    ]),
  ].join('\n')
}

function leftOutLines({ leftOut }: LogEvaluation): string[] {
  const lines = Object.keys(leftOutReasons)
    .filter((reason): reason is LeftOutReason => reason in leftOut)
    .map((reason) => `  ${leftOut[reason]} ${leftOutReasons[reason]}`)
  return lines.length === 0 ? [] : ['Left out:', ...lines]
}

function assumptions({ clusters }: LogEvaluation): string[] {
  const dependence =
    clusters < LEAST_CLUSTERS
      ? `${clusters} hours of instances are too few to see how far decisions depend on each other: intervals take them for independent.`
      : `Intervals (95 %) allow for dependence within an hour of an instance (${clusters} of them).`
  return [
    'Assumed: a request may be given to any model that was called at its task type; outcomes that are missing are like the others.',
    dependence,
  ]
}
