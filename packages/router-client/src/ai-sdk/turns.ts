// Recognises which calls belong together: the steps of a tool loop, and the SDK's retries of a call. The SDK says neither.
import { BoundedMap } from '../runtime/bounded-map.ts'
import { lastWords, sinceUser } from './sdk/messages.ts'
import type { SdkCallOptions } from './sdk/sdk-types.ts'

const TOOL_CALLS_KEPT = 10_000
/** Of a message, from its start and from its end. */
const CHARS_COMPARED = 100

/** A call whose turn is looked for. */
interface Asked {
  readonly taskType: string
  readonly prompt: SdkCallOptions['prompt']
}

export type Turns = ReturnType<typeof createTurns>

/** Bounded: where a step has been forgotten, the next one is a decision of its own. */
export function createTurns() {
  /** `generateText` repeats a call that failed with the same list of messages. */
  const failed = new WeakMap<object, object>()
  /** A step brings the results of the tools that an earlier one of the same turn has called. */
  const byToolCall = new BoundedMap<string, object>(TOOL_CALLS_KEPT)

  function begun(asked: Asked): object | undefined {
    const since = sinceUser(asked.prompt).flatMap(({ role, content }) =>
      role === 'assistant' && typeof content !== 'string' ? content : [],
    )
    const calls = since.filter(({ type }) => type === 'tool-call')
    const key = calls.length === 0 ? '' : keyOf(asked)
    const turns = calls.map(({ toolCallId }) => byToolCall.get(`${key} ${toolCallId}`))
    return turns.find((turn) => turn !== undefined)
  }

  return {
    of: (asked: Asked): object => failed.get(asked.prompt) ?? begun(asked) ?? {},
    /** A call for these messages failed: a repeat is of the same turn. */
    fail: (prompt: Asked['prompt'], turn: object): void => void failed.set(prompt, turn),
    /** An answer wants a tool called: the step with its result is of the same turn. */
    expect(asked: Asked, toolCallId: string, turn: object): void {
      byToolCall.set(`${keyOf(asked)} ${toolCallId}`, turn)
    },
  }
}

/** Some servers number their tool calls from 0 in every answer: what the user said tells them apart. */
function keyOf({ taskType, prompt }: Asked): string {
  const text = lastWords(prompt)
  return `${taskType} ${text.length} ${text.slice(0, CHARS_COMPARED)}${text.slice(-CHARS_COMPARED)}`
}
