// Reads how many tokens a call used from what its SDK says. SDKs differ in names and in what their totals contain.
import { problemWith, problemWithTokens } from '@winrate/shared-schema/contracts'
import type { TokenUsage } from '@winrate/shared-schema/scoring'
import { isRecord } from '../../runtime/unknown-value.ts'
import type { Mistake } from './outcome-message.ts'

/** The paths of the counts. Input contains what the cache read and wrote, output the reasoning, unless they are `apart`. */
interface Form {
  readonly input: string
  readonly cacheRead: string
  readonly cacheWrite?: string
  readonly output: string
  readonly reasoning?: string
  readonly apart?: 'cache' | 'reasoning'
}

/** Every form that is read; `read-usage.test.ts` has an example of each. Of two with as many counts the first is taken. */
const forms: readonly Form[] = [
  // Winrate's own.
  {
    input: 'inputTokens',
    cacheRead: 'cacheReadTokens',
    cacheWrite: 'cacheWriteTokens',
    output: 'outputTokens',
    reasoning: 'reasoningTokens',
  },
  // Vercel AI SDK 6 and 7.
  {
    input: 'inputTokens',
    cacheRead: 'inputTokenDetails.cacheReadTokens',
    cacheWrite: 'inputTokenDetails.cacheWriteTokens',
    output: 'outputTokens',
    reasoning: 'outputTokenDetails.reasoningTokens',
  },
  // Vercel AI SDK 5.
  {
    input: 'inputTokens',
    cacheRead: 'cachedInputTokens',
    output: 'outputTokens',
    reasoning: 'reasoningTokens',
  },
  // Providers of the Vercel AI SDK 6 and 7.
  {
    input: 'inputTokens.total',
    cacheRead: 'inputTokens.cacheRead',
    cacheWrite: 'inputTokens.cacheWrite',
    output: 'outputTokens.total',
    reasoning: 'outputTokens.reasoning',
  },
  // Amazon Bedrock's Converse.
  {
    input: 'inputTokens',
    cacheRead: 'cacheReadInputTokens',
    cacheWrite: 'cacheWriteInputTokens',
    output: 'outputTokens',
    apart: 'cache',
  },
  // OpenAI's chat completions, and all that speak like them.
  {
    input: 'prompt_tokens',
    cacheRead: 'prompt_tokens_details.cached_tokens',
    cacheWrite: 'prompt_tokens_details.cache_write_tokens',
    output: 'completion_tokens',
    reasoning: 'completion_tokens_details.reasoning_tokens',
  },
  // LiteLLM.
  {
    input: 'prompt_tokens',
    cacheRead: 'cache_read_input_tokens',
    cacheWrite: 'cache_creation_input_tokens',
    output: 'completion_tokens',
    reasoning: 'completion_tokens_details.reasoning_tokens',
  },
  // OpenAI's responses.
  {
    input: 'input_tokens',
    cacheRead: 'input_tokens_details.cached_tokens',
    cacheWrite: 'input_tokens_details.cache_write_tokens',
    output: 'output_tokens',
    reasoning: 'output_tokens_details.reasoning_tokens',
  },
  // Anthropic.
  {
    input: 'input_tokens',
    cacheRead: 'cache_read_input_tokens',
    cacheWrite: 'cache_creation_input_tokens',
    output: 'output_tokens',
    reasoning: 'output_tokens_details.thinking_tokens',
    apart: 'cache',
  },
  // LangChain.
  {
    input: 'input_tokens',
    cacheRead: 'input_token_details.cache_read',
    cacheWrite: 'input_token_details.cache_creation',
    output: 'output_tokens',
    reasoning: 'output_token_details.reasoning',
  },
  // Google.
  {
    input: 'promptTokenCount',
    cacheRead: 'cachedContentTokenCount',
    output: 'candidatesTokenCount',
    reasoning: 'thoughtsTokenCount',
    apart: 'reasoning',
  },
]

const UPSTREAM_COST = 'cost_details.upstream_inference_cost'

/**
 * The tokens of a call, and its cost where the provider states it. A count that cannot be read is NaN, and so is what follows
 * from it: a cost that leaves a part out would be wrong.
 */
export function readUsage(
  given: unknown,
  mistakes: Mistake[],
): TokenUsage & { readonly costUsd?: number | undefined } {
  function complain(name: string, problem: string): void {
    mistakes.push({ kind: 'field-left-out', name, problem: `${name} ${problem}` })
  }

  function count(path: string | undefined): number | undefined {
    const value = path === undefined ? undefined : find(given, path)
    if (value === undefined) return undefined
    const problem = problemWithTokens(value)
    if (problem === undefined) return Number(value)
    complain(`usage.${path}`, problem)
    return Number.NaN
  }

  function cost(path: string): number | undefined {
    const value = find(given, path)
    const problem = value === undefined ? undefined : problemWith('cost_usd', value)
    if (problem !== undefined) complain(`usage.${path}`, problem)
    return value === undefined || problem !== undefined ? undefined : Number(value)
  }

  const told = forms.map((form) => countTold(given, form))
  const most = Math.max(...told)
  const form = most === 0 ? undefined : forms[told.indexOf(most)]
  if (form === undefined) {
    complain('usage', 'has no known form: send inputTokens and outputTokens')
    return {}
  }
  const cacheReadTokens = count(form.cacheRead)
  const cacheWriteTokens = count(form.cacheWrite)
  const reasoningTokens = count(form.reasoning)
  const cached = (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0)
  const input = count(form.input)
  const output = count(form.output)
  // xAI speaks like OpenAI and counts reasoning apart, which shows in the total.
  const isApart =
    form.apart === 'reasoning' ||
    find(given, 'total_tokens') === (input ?? 0) + (output ?? 0) + (reasoningTokens || Number.NaN)
  // OpenRouter states its own part, which is not all where the caller has a key of the provider.
  const paid = ['cost', ...(find(given, 'is_byok') === true ? [UPSTREAM_COST] : [])]
  const costs = paid.map((path) => cost(path))
  return {
    inputTokens: total(input, cached, form.apart === 'cache'),
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens: total(output, reasoningTokens ?? 0, isApart),
    reasoningTokens,
    costUsd: costs.includes(undefined)
      ? undefined
      : costs.reduce<number>((sum, each = 0) => sum + each, 0),
  }
}

/** A count that is less than its parts does not contain them, whatever the form says. */
function total(counted: number | undefined, parts: number, isApart: boolean): number | undefined {
  if (!isApart && !(parts > (counted ?? parts))) return counted
  // Google leaves out a count of none.
  return counted === undefined && parts === 0 ? undefined : (counted ?? 0) + parts
}

function countTold(given: unknown, { apart, ...paths }: Form): number {
  return Object.values(paths).filter((path) => find(given, path) !== undefined).length
}

/** Undefined where there is nothing, or null. */
function find(given: unknown, path: string): unknown {
  let found = given
  for (const name of path.split('.'))
    found = isRecord(found) ? (found[name] ?? undefined) : undefined
  return found
}
