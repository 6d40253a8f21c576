// What an answer tells of itself, without a person or a test: structured output and tool calls that are what was asked for.
import type { Verdict } from '../calls/call-options.ts'
import { parseJson } from '../runtime/unknown-value.ts'
import { fitsSchema } from './fits-schema.ts'

/** A tool that the model wants to have called. */
export interface ToolCall {
  readonly toolCallId: string
  readonly toolName: string
  /** What its JSON says; undefined where it is none. */
  readonly input: unknown
}

/** What every SDK's answers have. */
export interface PlainAnswer {
  /** All text of it; where the model says what to parse for structured output, that. */
  readonly text: string
  /** The tools that it wants called here. Without `verify` being asked: such an answer is not the last one of its turn. */
  readonly toolCalls: readonly ToolCall[]
  /** Why it ended: `stop`, `length`, `content-filter`, … */
  readonly finishReason: string
}

/** What was asked for. */
export interface Expected {
  /** Undefined where the request does not tell all of them. */
  readonly tools: readonly { readonly name: string; readonly schema: unknown }[] | undefined
  /** Structured output; undefined where any text will do. */
  readonly json: { readonly schema: unknown } | undefined
  /** After a tool's result some models rightly have nothing to add. */
  readonly mayBeEmpty: boolean
}

/**
 * The verdict on an answer. One that fails by itself has failed; of the others `verify` decides, if there is one, and is asked
 * only at the end of a turn.
 *
 * @param answer `isEmpty` where nothing in it answers.
 */
export function judgeAnswer(
  answer: PlainAnswer & { readonly isEmpty: boolean },
  expected: Expected,
  verify: (() => Verdict | Promise<Verdict>) | undefined,
): Verdict | Promise<Verdict> {
  const natural = naturalVerdict(answer, expected)
  if (natural === false || verify === undefined) return natural
  return answer.toolCalls.length > 0 ? null : verify()
}

/** Null for what only its reader can judge. */
function naturalVerdict(
  { toolCalls, finishReason, text, isEmpty }: PlainAnswer & { readonly isEmpty: boolean },
  { tools, json, mayBeEmpty }: Expected,
): boolean | null {
  if (finishReason === 'content-filter') return false
  if (toolCalls.length > 0) return toolCalls.every((call) => isWellFormed(call, tools))
  if (json !== undefined) {
    const value = parseJson(text)
    return value !== undefined && fitsSchema(value, json.schema)
  }
  return isEmpty && !mayBeEmpty ? false : null
}

/** The input of a tool, as JSON; providers leave out one that is empty. */
export function parseInput(input: string): unknown {
  return parseJson(input.trim() || '{}')
}

function isWellFormed({ toolName, input }: ToolCall, tools: Expected['tools']): boolean {
  if (input === undefined) return false
  if (tools === undefined) return true
  const tool = tools.find(({ name }) => name === toolName)
  return tool !== undefined && fitsSchema(input, tool.schema)
}
