// An evaluation as people read it.
import { formatTable } from '../../commands/print.ts'
import { describeMissing } from '../../missing/describe-missing.ts'
import type { Interval } from '../evaluation/estimate/quantity.ts'
import type { LogEvaluation } from '../evaluation/evaluate-log.ts'
import { type LeftOutReason, leftOutReasons } from '../evaluation/log/judged-outcomes.ts'
import type { EvaluationFacts } from './evaluation-facts.ts'

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

/** Tables for each measure, then the warnings and assumptions. */
export function describeEvaluation(evaluation: EvaluationFacts): string {
  const { decisions, policies, period } = evaluation
  const head = [
    `${decisions} decisions of the last ${period.days} days are evaluated, in ${evaluation.parts} parts, each with policies that learned before it.`,
    ...leftOutLines(evaluation),
  ]
  if (decisions === 0) {
    return [...head, 'There is nothing to evaluate: no decision was drawn at random.'].join('\n')
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
      : [
          'WARNING: the log says too little about these policies. Do not rely on their figures.',
          ...warnings,
        ]),
    ...[describeMissing(evaluation.missing)].flatMap((missing) =>
      missing === undefined ? [] : [`WARNING: ${missing}.`],
    ),
    ...describeUnjudged(evaluation),
    '',
    ...assumptions(evaluation),
  ].join('\n')
}

/** Two tables below each other: side by side they would be wider than many terminals. */
function sectionTables(
  { title, measure, write }: Section,
  { logged, policies }: LogEvaluation,
): string {
  const span = ({ estimate, low, high }: Interval) =>
    `${write(estimate)} [${write(low)}, ${write(high)}]`
  type Estimates = NonNullable<LogEvaluation['policies'][number]['success']>
  const rowsOf = (cells: (estimates: Estimates) => string[]) =>
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

function describeUnjudged({ leftOut: { unjudged = 0 } }: LogEvaluation): string[] {
  if (unjudged === 0) return []
  return [
    `WARNING: ${unjudged} decisions have no verdict and are left out. The figures hold for them only if chance decides what is judged: not the answer, and not the model.`,
  ]
}

function assumptions({ clusters }: LogEvaluation): string[] {
  return [
    'A decision succeeds if any of its calls does, fallbacks and repeats included, and costs what all of them cost.',
    'Assumed: a request may be given to any model that was called at its task type; missing outcomes are like the others.',
    `Intervals (95 %) allow for dependence within a session, or within a day of an instance where an outcome names no session (${clusters} of them).`,
  ]
}
