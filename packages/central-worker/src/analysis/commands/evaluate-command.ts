// `winrate evaluate`: what other policies would have achieved, from the outcomes that are stored.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { defaultWinRates, isTaskType, type Policy } from '@winrate/shared-schema/contracts'
import { defaultPolicy, policyKinds, writtenPolicySchema } from '@winrate/shared-schema/scoring'
import { type Command, type CommandContext, misuse, onDatabase } from '../../commands/command.ts'
import { formatTable, print } from '../../commands/print.ts'
import type { Config } from '../../config/config.ts'
import { createNaming } from '../../window/create-naming.ts'
import { type Interval, LEAST_CLUSTERS } from '../evaluation/estimate/quantity.ts'
import { evaluateLog, type LogEvaluation } from '../evaluation/evaluate-log.ts'
import { type LeftOutReason, leftOutReasons } from '../evaluation/log/judged-outcomes.ts'
import {
  alwaysModel,
  bestSingleModel,
  routedPolicy,
  type TargetPolicy,
} from '../evaluation/policy/target-policy.ts'

const help = `winrate evaluate: what other policies would have achieved, from the stored outcomes

  --policy FILE        a policy to evaluate, as JSON (see WINRATE_POLICY_FILE); may be repeated
  --policy-json JSON   the same, written here; may be repeated
  --model NAME         always this model, by its name in the metrics; may be repeated
  --days N             evaluate the last N days (default: the window)
  --task-type T        evaluate this task type only
  --json               one JSON object instead of tables

Always evaluated: the configured policy, threshold without exploration, every kind of policy with its
defaults (${policyKinds.join(', ')}) and the best single model. Exit code 1 when there is nothing to
evaluate. See docs/learning.md.
`

export const evaluate: Command = {
  word: 'evaluate',
  synopsis: '[OPTIONS]',
  summary: 'what other policies would have achieved; winrate evaluate --help',
  help,
  prepare(args) {
    const options = misuse(() => readOptions(args))
    return (config) => onDatabase(runEvaluation)(config, options)
  },
}

interface EvaluateOptions {
  readonly policies: readonly { readonly name: string; readonly policy: Policy }[]
  readonly models: readonly string[]
  /** The window where undefined. */
  readonly days: number | undefined
  readonly taskType: string | undefined
  readonly json: boolean
}

const MOST_DAYS = 3_650

/**
 * Reads what follows `winrate evaluate`, and the files that it names.
 *
 * @throws Error that says what is wrong.
 */
function readOptions(args: readonly string[]): EvaluateOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      policy: { type: 'string', multiple: true },
      'policy-json': { type: 'string', multiple: true },
      model: { type: 'string', multiple: true },
      days: { type: 'string' },
      'task-type': { type: 'string' },
      json: { type: 'boolean' },
    },
  })
  const taskType = values['task-type']
  if (taskType !== undefined && !isTaskType(taskType)) {
    throw new Error(`"${taskType}" is no task type: lower case letters, digits, "-" and "_"`)
  }
  const files = (values.policy ?? []).map((file) =>
    readPolicy(basename(file, '.json'), `--policy ${file}`, () => readFileSync(file, 'utf8')),
  )
  const written = (values['policy-json'] ?? []).map((text, at) =>
    readPolicy(`given ${at + 1}`, `--policy-json ${at + 1}`, () => text),
  )
  return {
    policies: [...files, ...written],
    models: [...new Set(values.model ?? [])],
    days: readDays(values.days),
    taskType,
    json: values.json ?? false,
  }
}

/** Exit code 0 when something was evaluated. */
async function runEvaluation(
  { config, pool }: CommandContext,
  options: EvaluateOptions,
): Promise<number> {
  const days = options.days ?? config.windowDays
  const until = new Date()
  const from = new Date(until.getTime() - days * 86_400_000)
  const evaluation = await evaluateLog(pool, {
    from,
    windowDays: config.windowDays,
    qualityWeight: config.qualityWeight,
    taskType: options.taskType,
    defaults: [defaultWinRates, config.defaults ?? {}],
    confidence: config.confidence,
    nameOf: createNaming(config.catalogue),
    targets: targetsOf(config, options),
  })
  const unknown = options.models.filter((model) => !evaluation.models.includes(model))
  if (unknown.length > 0 && evaluation.decisions > 0) {
    throw new Error(
      `no outcome of ${unknown.join(', ')} counts here; there are ${evaluation.models.join(', ')}`,
    )
  }
  const period = { from: from.toISOString(), until: until.toISOString(), days }
  print(
    options.json ? JSON.stringify({ period, ...evaluation }) : describeEvaluation(days, evaluation),
  )
  return evaluation.decisions > 0 ? 0 : 1
}

function targetsOf(config: Config, { policies, models }: EvaluateOptions): TargetPolicy[] {
  return [
    routedPolicy('configured policy', config.policy),
    routedPolicy('threshold, no exploration', defaultPolicy('threshold', 0)),
    ...policyKinds.map((kind) => routedPolicy(`${kind}, defaults`, defaultPolicy(kind))),
    bestSingleModel(),
    ...models.map(alwaysModel),
    ...policies.map(({ name, policy }) => routedPolicy(name, policy)),
  ]
}

function readPolicy(name: string, where: string, read: () => string) {
  try {
    const parsed = writtenPolicySchema.safeParse(JSON.parse(read()))
    if (parsed.success) return { name, policy: parsed.data }
    const [issue] = parsed.error.issues
    throw new Error(`${issue?.path.join('.') || 'the policy'}: ${issue?.message}`)
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function readDays(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const days = Number(text)
  if (text.trim() === '' || !(days > 0 && days <= MOST_DAYS)) {
    throw new Error(`--days must be a number above 0 and up to ${MOST_DAYS}`)
  }
  return days
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

/** Tables for each measure, then the warnings and assumptions. */
function describeEvaluation(days: number, evaluation: LogEvaluation): string {
  const { decisions, policies } = evaluation
  const head = [
    `${decisions} decisions of the last ${days} days are evaluated, in ${evaluation.parts} parts, each with policies that learned before it.`,
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

function assumptions({ clusters }: LogEvaluation): string[] {
  const dependence =
    clusters < LEAST_CLUSTERS
      ? `${clusters} hours of instances are too few to see how far decisions depend on each other, so intervals assume that they do not.`
      : `Intervals (95 %) allow for dependence within an hour of an instance (${clusters} of them).`
  return [
    'Assumed: a request may be given to any model that was called at its task type; missing outcomes are like the others.',
    dependence,
  ]
}
