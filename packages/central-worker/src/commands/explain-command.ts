// `npx winrate explain`: why a request is, or was, routed as it is.
import {
  type ExplainedCandidate,
  type ExplanationBody,
  explanationBodySchema,
} from '@winrate/shared-schema/http'
import { z } from 'zod'
import { explain as explainRequest } from '../reading/explain.ts'
import { defineReport } from './command.ts'
import { onDatabase } from './on-database.ts'
import { formatTable } from './print.ts'
import { databaseVariables } from './variable-phrases.ts'

const optionsSchema = z.string().transform((text, context): Record<string, unknown> => {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
  } catch {
    context.addIssue(`must be a JSON object, as '{"prefer":"cost"}'`)
    return z.NEVER
  }
})

const inputSchema = z.object({
  taskType: z.string().optional(),
  reference: z.string().optional(),
  options: optionsSchema.optional(),
  verified: z.boolean().optional(),
})

export const explain = defineReport({
  word: 'explain',
  group: 'Look',
  summary: 'why a request is, or was, routed as it is',
  details:
    'Decides by the newest snapshot as router-client does, without outcomes of an instance of its own, and records nothing. A reference is explained by the snapshot that it names, while that is stored: one day.',
  flags: [
    {
      name: '--reference',
      value: 'TEXT',
      description: 'the reference of a decision, instead of a task type',
    },
    { name: '--options', value: 'JSON', description: 'options of route()' },
    {
      name: '--verified',
      description: 'as call() decides with verify: the decision is a plan',
    },
  ],
  failure: 'the reference cannot be read',
  examples: [
    ['explain coding', 'the candidates, the best first'],
    [`explain coding --options '{"prefer":"cost"}'`, 'as route() decides with this preference'],
    ['explain coding --verified', 'the plan of a call whose answers are checked'],
  ],
  variables: databaseVariables,
  input: inputSchema,
  operands: [{ field: 'taskType', name: 'TASK_TYPE', description: 'what the request is about' }],
  facts: explanationBodySchema,
  read: onDatabase(({ pool }, given: z.output<typeof inputSchema>) => {
    if (given.taskType === undefined && given.reference === undefined) {
      throw new Error('name a task type, or a decision by --reference')
    }
    return explainRequest(pool, given)
  }),
  describe: describeExplanation,
})

function describeExplanation({ summary, note, candidates }: ExplanationBody): string {
  const header = [
    'model',
    'provider',
    'to be best',
    'to be chosen',
    'score',
    'win rate',
    'samples',
    'expected',
    'refused',
  ]
  const table = formatTable([header, ...candidates.map(rowOf)])
  return [summary, ...(note === null ? [] : [note]), '', table].join('\n')
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function rowOf(candidate: ExplainedCandidate): string[] {
  const {
    modelName,
    provider,
    thinkingLevel,
    chance,
    chanceToBeBest,
    score,
    winRate,
    samples,
    posterior,
  } = candidate
  const expected =
    posterior === null
      ? ''
      : `${posterior.mean.toFixed(3)} (${posterior.low95.toFixed(2)} to ${posterior.high95.toFixed(2)})`
  return [
    `${modelName}${thinkingLevel === null ? '' : ` (${thinkingLevel})`}${candidate.chosen ? ' *' : ''}`,
    provider,
    chanceToBeBest === null ? '' : percent(chanceToBeBest),
    percent(chance),
    score.toFixed(3),
    winRate.toFixed(3),
    String(samples),
    expected,
    candidate.refused ?? '',
  ]
}
