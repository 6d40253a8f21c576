// What the chunks of a stream say of it, in the words of the common SDKs.
import { isRecord } from '../../runtime/unknown-value.ts'

/** How a stream ended: by itself, because its reader stopped, or by an error. */
export type StreamEnd =
  | { readonly how: 'ended' | 'cancelled' }
  | { readonly how: 'broke'; readonly error: unknown }

/**
 * Chunks that only announce an output: of the Vercel AI SDK, of Anthropic's messages and of OpenAI's responses. What ends an
 * output of the AI SDK is none either.
 */
const NO_OUTPUT = new RegExp(
  `^(${[
    ...['start', 'start-step', 'stream-start', 'model-call-start', 'response-metadata', 'custom'],
    ...['raw', '(text|reasoning|tool-input)-start', 'ping', 'message_start', 'content_block_start'],
    ...['(text|reasoning)-end', 'finish(-step)?'],
    'response\\.(created|queued|in_progress|(output_item|content_part|reasoning_summary_part)\\.added)',
  ].join('|')})$`,
)
export function isOutput(chunk: unknown): boolean {
  if (!isRecord(chunk)) return true
  const { type, choices, delta, text = delta } = chunk
  if (text === '' && /^(text|reasoning)-delta$/.test(String(type))) return false
  // OpenAI's chat completions tell tokens without a choice, Azure what its filter says; the first choice has a role alone.
  return !(NO_OUTPUT.test(String(type)) || (Array.isArray(choices) && choices.every(saysNothing)))
}

/** The whole answer of a model of the Vercel AI SDK has been said. */
export function isComplete(chunk: unknown): boolean {
  return isRecord(chunk) && chunk['type'] === 'finish'
}

function saysNothing(choice: unknown): boolean {
  if (!isRecord(choice) || !isRecord(choice['delta']) || choice['finish_reason']) return false
  return Object.entries(choice['delta']).every(([name, value]) => name === 'role' || !value)
}

/** The Vercel AI SDK and OpenAI's responses say in a chunk that they failed. */
export function failureIn(chunk: unknown): StreamEnd | undefined {
  if (!isRecord(chunk)) return undefined
  const { type, error, response } = chunk
  if (type === 'error') return { how: 'broke', error: error ?? chunk }
  if (type === 'response.failed') {
    return { how: 'broke', error: (isRecord(response) && response['error']) || chunk }
  }
  return type === 'abort' ? { how: 'cancelled' } : undefined
}
