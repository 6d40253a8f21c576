// What a model has answered, out of a result or of the parts of a stream.
import { type PlainAnswer, parseInput, type ToolCall } from '../../adapters/verdict.ts'
import type { Message, Part, SdkCallOptions, SdkResult, StreamPart } from '../sdk/sdk-types.ts'

/** An answer, as `verify` sees it. */
export interface Answer extends PlainAnswer {
  /** All parts of it: reasoning, files, sources. */
  readonly content: readonly Part[]
  /** What was asked. */
  readonly prompt: readonly Message[]
}

export function readResult(result: SdkResult, { prompt }: SdkCallOptions): Answer {
  const { content, finishReason, structuredOutputText } = result
  return {
    text: structuredOutputText ?? content.map(textOf).join(''),
    toolCalls: content.filter(isCalledHere).map(readToolCall),
    finishReason: finishReason.unified,
    content,
    prompt,
  }
}

export function readParts(parts: readonly StreamPart[], options: SdkCallOptions): Answer {
  const content: Part[] = []
  const texts = new Map<string, string[]>()
  for (const part of parts) {
    const kind = /^(text|reasoning)-(start|delta)$/.exec(part.type)
    if (kind === null) {
      if (!notContent.test(part.type)) content.push(part)
      continue
    }
    const key = `${kind[1]} ${part.id}`
    const known = texts.get(key)
    const deltas = known ?? []
    deltas.push(part.delta ?? '')
    if (known !== undefined) continue
    texts.set(key, deltas)
    content.push({
      type: String(kind[1]),
      get text() {
        return deltas.join('')
      },
    })
  }
  const last = parts.findLast(({ type }) => type === 'finish')
  const { finishReason = { unified: 'other' }, structuredOutputText } = last ?? {}
  return readResult({ content, finishReason, structuredOutputText }, options)
}

/** Neither what frames the output nor what comes again as a whole. */
const notContent =
  /^(stream-start|response-metadata|raw|ping|finish|error|text-end|reasoning-end|tool-input-.*)$/

/** Sources, reasoning and what a provider says for itself answer nothing alone. */
export function isEmpty({ content }: Answer): boolean {
  return content.every(
    (part) =>
      ['source', 'reasoning', 'custom'].includes(part.type) ||
      (part.type === 'text' && textOf(part) === ''),
  )
}

/** Not one that the provider calls itself. */
export function isCalledHere(part: Readonly<Record<string, unknown>>): boolean {
  return part['type'] === 'tool-call' && part['providerExecuted'] !== true
}

function textOf({ type, text }: Part): string {
  return type === 'text' ? String(text) : ''
}

function readToolCall({ toolCallId, toolName, input }: Part): ToolCall {
  return {
    toolCallId: String(toolCallId),
    toolName: String(toolName),
    input: typeof input === 'string' ? parseInput(input) : input,
  }
}
