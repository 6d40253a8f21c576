// What a model has answered, out of a result or of the parts of a stream.
import type { Message, Part, SdkCallOptions, SdkResult, StreamPart } from '../sdk/sdk-types.ts'

/** A tool that the model wants to have called. */
export interface ToolCall {
  readonly toolCallId: string
  readonly toolName: string
  /** What its JSON says; undefined where it is none. */
  readonly input: unknown
}

/** An answer, as `verify` sees it. */
export interface Answer {
  /** All text of it; where the model says what to parse for structured output, that. */
  readonly text: string
  /** The tools that it wants called here. Without `verify` being asked: such an answer is not the last one of its turn. */
  readonly toolCalls: readonly ToolCall[]
  /** Why it ended: `stop`, `length`, `content-filter`, … */
  readonly finishReason: string
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
    input: typeof input === 'string' ? parseJson(input.trim() || '{}') : input,
  }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
