// `winrate evaluate`: what other policies would have achieved, from the outcomes that are stored.
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import {
  defaultWinRates,
  isTaskType,
  mergeDefaults,
  type Policy,
} from '@winrate/shared-schema/contracts'
import { defaultPolicy, policyKinds, writtenPolicySchema } from '@winrate/shared-schema/scoring'
import {
  type Command,
  type CommandContext,
  misuse,
  onDatabase,
  print,
} from '../../commands/command.ts'
import type { Config } from '../../config.ts'
import { createNaming } from '../../window/create-naming.ts'
import { evaluateLog } from '../evaluation/evaluate-log.ts'
import {
  alwaysModel,
  bestSingleModel,
  routedPolicy,
  type TargetPolicy,
} from '../evaluation/policy/target-policy.ts'
import { describeEvaluation } from './describe-evaluation.ts'

const help = `winrate evaluate: what other policies would have achieved, from the stored outcomes

  --policy FILE        a policy to ask about, as JSON (see WINRATE_POLICY_FILE); may be repeated
  --policy-json JSON   the same, written here; may be repeated
  --model NAME         always this model, by its name in the metrics; may be repeated
  --days N             evaluate the last N days (default: the window)
  --task-type T        evaluate this task type only
  --json               one JSON object instead of tables

Always asked about: the configured policy, threshold without exploration, every kind of policy with its
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
    defaults: mergeDefaults(defaultWinRates, config.defaults ?? {}),
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
    options.json
      ? JSON.stringify({ period, ...evaluation })
      : describeEvaluation(period, evaluation),
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
