// What an answer tells of itself, without a person or a test: structured output and tool calls that are what was asked for.
import type { Attempt, Verdict } from '../../calls/call-options.ts'
import { sinceUser } from '../sdk/messages.ts'
import type { SdkCallOptions, Tool } from '../sdk/sdk-types.ts'
import { type Answer, isEmpty, parseJson, type ToolCall } from './answer.ts'
import { fitsSchema } from './fits-schema.ts'

export type Verify = (answer: Answer, attempt: Attempt) => Verdict | Promise<Verdict>

/**
 * The verdict on an answer. One that fails by itself has failed; of the others `verify` decides, if there is one, and is asked
 * only at the end of a turn.
 */
export function judgeAnswer(
  answer: Answer,
  options: SdkCallOptions,
  { attempt, verify }: { readonly attempt: Attempt; readonly verify: Verify | undefined },
): Verdict | Promise<Verdict> {
  const natural = naturalVerdict(answer, options)
  if (natural === false || verify === undefined) return natural
  return answer.toolCalls.length > 0 ? null : verify(answer, attempt)
}

/** Null for what only its reader can judge. */
export function naturalVerdict(answer: Answer, options: SdkCallOptions): boolean | null {
  const { toolCalls, finishReason, text } = answer
  const { responseFormat, tools = [], prompt } = options
  if (finishReason === 'content-filter') return false
  if (toolCalls.length > 0) return toolCalls.every((call) => isWellFormed(call, tools))
  if (responseFormat?.type === 'json') {
    const value = parseJson(text)
    return value !== undefined && fitsSchema(value, responseFormat.schema)
  }
  // After a tool's result some models rightly have nothing to add.
  return isEmpty(answer) && sinceUser(prompt).length === 0 ? false : null
}

function isWellFormed({ toolName, input }: ToolCall, tools: readonly Tool[]): boolean {
  const tool = tools.find(({ name }) => name === toolName)
  return tool !== undefined && input !== undefined && fitsSchema(input, tool.inputSchema)
}
