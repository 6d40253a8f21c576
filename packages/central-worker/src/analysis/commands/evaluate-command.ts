// `npx winrate evaluate`: what other policies would have achieved, from the outcomes that are stored.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import {
  defaultWinRates,
  isTaskType,
  isWithin,
  nameDefaults,
  type Policy,
  suggestName,
  UNKNOWN_PROVIDER,
} from '@winrate/shared-schema/contracts'
import { defaultPolicy, policyKinds, writtenPolicySchema } from '@winrate/shared-schema/scoring'
import { runAtOnce } from '@winrate/shared-schema/steps'
import { z } from 'zod'
import { defineReport, UsageError } from '../../commands/command.ts'
import { type CommandContext, onDatabase } from '../../commands/on-database.ts'
import { formatTable } from '../../commands/print.ts'
import { databaseVariables } from '../../commands/variable-phrases.ts'
import type { Config } from '../../config/config.ts'
import { describeMissing } from '../../missing/describe-missing.ts'
import { readMissing } from '../../missing/judge-missing.ts'
import type { Queryable } from '../../postgres/queryable.ts'
import { createNaming } from '../../window/create-naming.ts'
import type { Interval } from '../evaluation/estimate/quantity.ts'
import { evaluateLog, type LogEvaluation } from '../evaluation/evaluate-log.ts'
import { type LeftOutReason, leftOutReasons } from '../evaluation/log/judged-outcomes.ts'
import {
  alwaysModel,
  bestSingleModel,
  routedPolicy,
  type TargetPolicy,
} from '../evaluation/policy/target-policy.ts'
import { type EvaluationFacts, evaluationFactsSchema } from './evaluation-facts.ts'

const MOST_DAYS = 3_650
const daysMessage = `must be a number above 0 and up to ${MOST_DAYS}`

const inputSchema = z.object({
  policy: z.array(z.string()).default([]),
  policyJson: z.array(z.string()).default([]),
  model: z.array(z.string()).default([]),
  days: z
    .string()
    .regex(/\d/, daysMessage)
    .transform(Number)
    .pipe(z.number(daysMessage).positive(daysMessage).max(MOST_DAYS, daysMessage))
    .optional(),
  taskType: z
    .string()
    .refine(isTaskType, {
      error: ({ input }) => `"${input}" is no task type: lower case letters, digits, "-" and "_"`,
    })
    .optional(),
})

export const evaluate = defineReport({
  word: 'evaluate',
  group: 'Look',
  summary: 'what other policies would have achieved',
  details: `Estimated from the stored outcomes. Always evaluated: the configured policy, threshold without exploration, every kind of policy with its defaults (${policyKinds.join(', ')}) and the best single model. docs/learning-appendix.md explains the figures.`,
  failure: 'there is nothing to evaluate',
  flags: [
    {
      name: '--policy',
      value: 'FILE',
      repeats: true,
      description: 'a policy to evaluate, as JSON (see WINRATE_POLICY_FILE)',
    },
    {
      name: '--policy-json',
      value: 'JSON',
      repeats: true,
      description: 'the same, written here',
    },
    {
      name: '--model',
      value: 'NAME',
      repeats: true,
      description: 'always this model, by any of its names',
    },
    { name: '--days', value: 'N', description: 'evaluate the last N days (default: the window)' },
    {
      name: '--task-type',
      value: 'T',
      description: 'evaluate this task type only, with the paths in it',
    },
  ],
  examples: [
    ['evaluate --days 3', 'what the last three days tell'],
    ['evaluate --policy thrifty.json --model codex', 'a policy and a model of your own choice'],
  ],
  variables: [
    ...databaseVariables,
    'WINRATE_WINDOW_DAYS',
    'WINRATE_POLICY',
    'WINRATE_POLICY_EXPLORATION',
    'WINRATE_POLICY_FILE',
    'WINRATE_QUALITY_WEIGHT',
    'WINRATE_CATALOGUE_FILE',
    'WINRATE_DEFAULTS_FILE',
  ],
  input: inputSchema,
  facts: evaluationFactsSchema,
  read(config, input) {
    const policies = misuse(() => readPolicies(input))
    return onDatabase(readEvaluation)(config, { ...input, policies })
  },
  describe: describeEvaluation,
  hasFailed: ({ decisions }) => decisions === 0,
})

interface EvaluateOptions extends z.output<typeof inputSchema> {
  readonly policies: readonly { readonly name: string; readonly policy: Policy }[]
}

function readPolicies({ policy, policyJson }: z.output<typeof inputSchema>) {
  return [
    ...policy.map((file) =>
      readPolicy(basename(file, '.json'), `--policy ${file}`, () => readFileSync(file, 'utf8')),
    ),
    ...policyJson.map((text, at) =>
      readPolicy(`given ${at + 1}`, `--policy-json ${at + 1}`, () => text),
    ),
  ]
}

/** Turns what reading the arguments throws into a UsageError. */
function misuse<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

async function readEvaluation({ config, pool }: CommandContext, options: EvaluateOptions) {
  const days = options.days ?? config.windowDays
  const until = new Date()
  const from = new Date(until.getTime() - days * 86_400_000)
  const nameOf = createNaming(config.catalogue)
  const model = options.model.map(
    (modelName) => nameOf({ modelName, provider: UNKNOWN_PROVIDER }).modelName,
  )
  const defaults = [defaultWinRates, config.defaults ?? {}]
  const evaluation = await evaluateLog(pool, {
    from,
    windowDays: config.windowDays,
    qualityWeight: config.qualityWeight,
    taskType: options.taskType,
    defaults: runAtOnce(nameDefaults(defaults, { nameOf })),
    confidence: config.confidence,
    nameOf,
    targets: targetsOf(config, { ...options, model }),
  })
  const models = [...new Set(model)]
  const unknown = models.filter((model) => !evaluation.models.includes(model))
  if (unknown.length > 0 && evaluation.decisions > 0) {
    throw new Error(
      `no outcome of ${unknown.join(', ')} counts here; there are ${evaluation.models.join(', ')}`,
    )
  }
  if (evaluation.decisions === 0) await assertTaskType(pool, options.taskType)
  const period = { from: from.toISOString(), until: until.toISOString(), days }
  const all = await readMissing(pool)
  const missing = all.filter((one) => isWithin(one.taskType, options.taskType ?? one.taskType))
  return { period, missing, ...evaluation }
}

/** Refuses a task type of which the last tick counted nothing, where it counted others. */
async function assertTaskType(queryable: Queryable, taskType: string | undefined): Promise<void> {
  if (taskType === undefined) return
  const { rows } = await queryable.query<{ taskType: string }>(
    'select distinct task_type as "taskType" from winrate.task_metrics order by 1',
  )
  const known = rows.map((row) => row.taskType)
  if (known.length === 0 || known.includes(taskType)) return
  throw new Error(
    `no outcome is of task type "${taskType}"${suggestName(taskType, known)}; there are ${known.join(', ')}`,
  )
}

function targetsOf(config: Config, { policies, model }: EvaluateOptions): TargetPolicy[] {
  return [
    routedPolicy('configured policy', config.policy),
    routedPolicy('threshold, no exploration', defaultPolicy('threshold', 0)),
    ...policyKinds.map((kind) => routedPolicy(`${kind}, defaults`, defaultPolicy(kind))),
    bestSingleModel(),
    ...[...new Set(model)].map(alwaysModel),
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
function describeEvaluation(evaluation: EvaluationFacts): string {
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
