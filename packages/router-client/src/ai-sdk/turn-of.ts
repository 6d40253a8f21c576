// Which turn a call of the SDK is of, by its messages.
import { type Turns, toolCallKey } from '../adapters/turns.ts'
import { lastWords, sinceUser } from './sdk/messages.ts'
import type { SdkCallOptions } from './sdk/sdk-types.ts'

/** A call whose turn is looked for. */
interface Asked {
  readonly taskType: string
  readonly prompt: SdkCallOptions['prompt']
}

/** `generateText` repeats a call that failed with the same list of messages. */
export function turnOf(turns: Turns, { taskType, prompt }: Asked): object {
  const since = sinceUser(prompt).flatMap(({ role, content }) =>
    role === 'assistant' && typeof content !== 'string' ? content : [],
  )
  const calls = since.filter(({ type }) => type === 'tool-call')
  const words = calls.length === 0 ? '' : lastWords(prompt)
  const keys = calls.map(({ toolCallId }) => toolCallKey(taskType, words, String(toolCallId)))
  return turns.of(prompt, keys)
}

/** An answer wants a tool called: the step with its result is of the same turn. */
export function expectToolCall(
  turns: Turns,
  { taskType, prompt }: Asked,
  { toolCallId, turn }: { readonly toolCallId: string; readonly turn: object },
): void {
  turns.expect(toolCallKey(taskType, lastWords(prompt), toolCallId), turn)
}
