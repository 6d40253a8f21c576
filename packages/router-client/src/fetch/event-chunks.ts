// Follows a stream of server-sent events while its bytes go on as they come.
import { createParser } from 'eventsource-parser'
import { usageIn } from '../calls/stream/answer-usage.ts'
import { answererIn } from '../calls/stream/answerer.ts'
import { failureIn, isOutput } from '../calls/stream/chunk.ts'
import { isRecord, parseJson } from '../runtime/unknown-value.ts'
import { type Fields, fieldsOf, listOf } from './apis/model-api.ts'
import { ProviderError, type Told } from './provider-error.ts'
import { joined, withBody } from './read-body.ts'

/** The last events of Anthropic's messages and OpenAI's responses. */
const LAST = /^(message_stop|response\.(completed|incomplete|failed))$/
const nothing = new Uint8Array()
const over = { done: true, value: undefined } as const
const ignore = () => undefined
/** What ends a part of an answer, and brings nothing that was not there before. */
const ENDING =
  /^(content_block_stop|message_delta|response\.(output_text|content_part|output_item)\.done)$/
/** A longer event is not read, nor what comes after it. */
const MOST_EVENT_BYTES = 1_048_576

/** Bytes as they came, and what the events that end in them say, in the words that `router.call()` knows. */
export interface EventChunk {
  readonly type: 'ping' | 'output' | 'finish' | 'error'
  readonly error?: unknown
  readonly usage?: object | undefined
  readonly model?: string | undefined
  /** Its events say that nothing follows. */
  readonly isLast?: boolean
  /** Let go of when they have been handed on. */
  bytes: Uint8Array
}

/** @param see Is given each event, and undefined for one that is too long: none is read after it. */
export function eventChunks(
  response: Response,
  body: ReadableStream<Uint8Array>,
  see: (event: Fields | undefined) => void,
): AsyncIterableIterator<EventChunk> {
  const reader = body.getReader()
  const read = createEventReader(see)
  /** What came before the first output: if there is none, the caller gets it to read for itself. */
  let held: Uint8Array[] | undefined = []
  let isComplete = false
  let isOver = false
  const failed = (message: string, told: Omit<Told, 'response'>) =>
    new ProviderError(message, {
      ...told,
      response: withBody(response, joined(held ?? [])),
    })

  return {
    async next() {
      const { done, value } = isOver ? over : await reader.read()
      if (done) {
        if (held === undefined || isComplete) return over
        throw failed('the stream ended before its first output', {
          code: 'ERR_STREAM_PREMATURE_CLOSE',
        })
      }
      const chunk = read(value)
      held?.push(value)
      if (chunk.type === 'output') held = undefined
      if (chunk.type === 'finish') isComplete = true
      if (chunk.isLast === true) {
        isOver = true
        // An end that follows leaves the connection to be used again.
        reader
          .read()
          .then((last) => (last.done ? undefined : reader.cancel()))
          .catch(ignore)
      }
      if (chunk.type !== 'error') return { done, value: chunk }
      const { error } = chunk
      const name = error instanceof Error ? error.name : undefined
      return {
        ...{ done },
        value: { ...chunk, error: failed('the stream told an error', { error, name }) },
      }
    },
    async return() {
      await reader.cancel()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

function createEventReader(see: (event: Fields | undefined) => void) {
  const decoder = new TextDecoder()
  let told: Said = { type: 'ping' }
  let bytesSinceEvent = 0
  const parser = createParser({
    onComment() {
      bytesSinceEvent = 0
    },
    onEvent({ data }) {
      bytesSinceEvent = 0
      told = data === '[DONE]' ? last(told) : add(told, data)
    },
  })

  function add(before: Said, data: string): Said {
    const event = parseJson(data)
    if (!isRecord(event)) {
      return {
        ...before,
        type: 'error',
        error: new SyntaxError('an event of the stream is no JSON'),
      }
    }
    see(event)
    const failed = failureIn(
      event['type'] === undefined && event['error'] ? { ...event, type: 'error' } : event,
    )
    const usage = usageIn(event)
    const said = {
      ...before,
      model: before.model ?? answererIn(event),
      usage: usage ? { ...before.usage, ...usage } : before.usage,
    }
    if (failed?.how === 'broke') return { ...said, type: 'error', error: failed.error }
    const type = String(event['type'])
    if (LAST.test(type)) return last(said)
    if (before.type === 'error' || ENDING.test(type) || !isOutput(event)) return said
    if (!endsChoices(event)) return { ...said, type: 'output' }
    return said.type === 'ping' ? { ...said, type: 'finish' } : said
  }

  return (bytes: Uint8Array): EventChunk => {
    if (bytesSinceEvent > MOST_EVENT_BYTES) return { type: 'output', bytes }
    told = { type: 'ping' }
    bytesSinceEvent += bytes.length
    parser.feed(decoder.decode(bytes, { stream: true }))
    if (bytesSinceEvent > MOST_EVENT_BYTES) {
      parser.reset()
      see(undefined)
      return { ...told, type: 'output', bytes }
    }
    return { ...told, bytes }
  }
}

type Said = Omit<EventChunk, 'bytes'>

/** Of an answer without any output the end is all there is. */
function last(before: Said): Said {
  return { ...before, type: before.type === 'ping' ? 'finish' : before.type, isLast: true }
}

/** The last choice of a chat completion says why it ended, and often no more. */
function endsChoices({ choices }: Fields): boolean {
  const all = listOf(choices)
  return (
    all.length > 0 &&
    all.every(
      ({ delta, finish_reason }) =>
        finish_reason &&
        Object.entries(fieldsOf(delta)).every(([name, value]) => name === 'role' || !value),
    )
  )
}

/** What the caller reads: as fast as it asks, and no faster; if it stops, so does the provider. */
export function bytesOf(chunks: AsyncIterable<EventChunk>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next()
        if (done) {
          controller.close()
          return
        }
        controller.enqueue(value.bytes)
        value.bytes = nothing
        if (value.isLast !== true) return
        // Some SDKs read no further, and what they leave unread would look like a stream that they gave up.
        await iterator.next()
        controller.close()
      },
      async cancel() {
        await iterator.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
