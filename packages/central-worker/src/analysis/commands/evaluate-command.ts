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
import { databaseVariables } from '../../commands/variable-phrases.ts'
import type { Config } from '../../config/config.ts'
import { readMissing } from '../../missing/judge-missing.ts'
import type { Queryable } from '../../postgres/queryable.ts'
import { createPricedCatalogue } from '../../prices/list-prices.ts'
import { evaluateLog } from '../evaluation/evaluate-log.ts'
import {
  alwaysModel,
  bestSingleModel,
  routedPolicy,
  type TargetPolicy,
} from '../evaluation/policy/target-policy.ts'
import { describeEvaluation } from './describe-evaluation.ts'
import { evaluationFactsSchema } from './evaluation-facts.ts'

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
  const catalogue = createPricedCatalogue(config.catalogue)
  const { nameOf } = catalogue
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
    catalogue,
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
