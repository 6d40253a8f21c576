// Reads a stream for its reader and for the outcome. Guarantees: the reader gets every chunk once and in order, as fast as
// it asks and no faster; how the stream ended is told once, also where nobody reads on when its signal aborts.
import { abortable } from '../runtime/clock.ts'
import { isRecord } from '../runtime/unknown-value.ts'
import { usageIn } from './answer-usage.ts'
import type { WebStream } from './call-options.ts'

export type Stream = AsyncIterable<unknown> | WebStream<unknown>

/** How a stream ended: by itself, because its reader stopped, or by an error. */
export type StreamEnd =
  | { readonly how: 'ended' | 'cancelled' }
  | { readonly how: 'broke'; readonly error: unknown }

/** Where the stream of an answer is, and what becomes of the answer. */
interface FoundStream {
  readonly stream: Stream
  /** It is the answer; its reader reads it elsewhere; or the answer has one of its own for everybody who asks. */
  readonly place: 'itself' | 'named' | 'shared'
}

/** What stream an answer is or holds; undefined for a value. */
export function findStream<Answer>(
  answer: Answer,
  streamOf?: (answer: Answer) => Stream,
): FoundStream | undefined {
  if (streamOf !== undefined) return { stream: streamOf(answer), place: 'named' }
  if (isReadable(answer) || isIterable(answer)) return { stream: answer, place: 'itself' }
  // A result of the Vercel AI SDK gives a branch of its stream to everybody who asks for one.
  if (!isRecord(answer) || typeof answer['consumeStream'] !== 'function') return undefined
  const { fullStream } = answer
  return isIterable(fullStream) ? { stream: fullStream, place: 'shared' } : undefined
}

/** Chunks that only announce an output: of the Vercel AI SDK, of OpenAI's responses and of Anthropic's messages. */
const ANNOUNCEMENT =
  /^(start|start-step|stream-start|response-metadata|raw|ping|message_start|response\.(created|queued|in_progress))$/
/** A verdict needs no more of a stream; more would keep a runaway one in memory. */
const MOST_CHUNKS_KEPT = 100_000

export class StreamReader implements AsyncIterableIterator<unknown> {
  readonly #source: AsyncIterator<unknown>
  readonly #signal: AbortSignal
  readonly #controller: AbortController
  readonly #keepsChunks: boolean
  readonly #waiting: unknown[] = []
  #chunks: unknown[] | undefined = []
  #usage: Record<string, unknown> | undefined
  #failed: StreamEnd | undefined
  #onEnd: ((end: StreamEnd) => void) | undefined
  #end: StreamEnd | undefined
  #isReading = false
  #isStopped = false
  /** Its reader has not yet been told that the signal aborted. */
  #isCut = false

  /** @param options The controller is aborted where the reader stops, and the signal aborts with it. */
  constructor(
    stream: Stream,
    {
      signal,
      controller,
      keepsChunks,
    }: { signal: AbortSignal; controller: AbortController; keepsChunks: boolean },
  ) {
    this.#source = isReadable(stream) ? readerOf(stream) : stream[Symbol.asyncIterator]()
    this.#signal = signal
    this.#controller = controller
    this.#keepsChunks = keepsChunks
  }

  /** Everything that it brought; undefined where that was too much. */
  get chunks(): readonly unknown[] | undefined {
    return this.#chunks
  }

  /** The tokens that its chunks tell. */
  get usage(): object | undefined {
    return this.#usage
  }

  /** Reads up to the first output. Throws what the stream throws, or says in a chunk, and where there is no output. */
  async begin(): Promise<void> {
    this.#signal.addEventListener('abort', this.#cut)
    for (;;) {
      const step = await abortable(this.#source.next(), this.#signal)
      if (step.done === true) throw new EmptyStreamError()
      const failed = failureIn(step.value)
      if (failed?.how === 'broke') throw failed.error
      this.#see(step.value)
      this.#waiting.push(step.value)
      if (!isAnnouncement(step.value)) return
    }
  }

  /** Whom to tell how it ended. */
  onEnd(told: (end: StreamEnd) => void): void {
    if (this.#end === undefined) this.#onEnd = told
    else told(this.#end)
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#waiting.length > 0) return { done: false, value: this.#waiting.shift() }
    if (this.#isCut) {
      this.#isCut = false
      throw this.#signal.reason
    }
    if (this.#end !== undefined) return { done: true, value: undefined }
    this.#isReading = true
    try {
      const step = await abortable(this.#source.next(), this.#signal)
      if (step.done === true) {
        this.#over({ how: 'ended' })
        return { done: true, value: undefined }
      }
      this.#see(step.value)
      this.#failed ??= failureIn(step.value)
      return { done: false, value: step.value }
    } catch (error) {
      if (this.#isStopped) return { done: true, value: undefined }
      this.#isCut = false
      this.#over({ how: 'broke', error })
      throw error
    } finally {
      this.#isReading = false
    }
  }

  async return(): Promise<IteratorResult<unknown, undefined>> {
    this.#waiting.length = 0
    this.#isCut = false
    this.#isStopped = true
    this.#over({ how: 'cancelled' })
    const wasReading = this.#isReading
    this.#controller.abort()
    const stopped = this.#stopSource()
    // A generator stops only after the chunk that it waits for, which may never come.
    if (!wasReading) await stopped
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** What the caller gets instead of its stream: the same, but read through this. */
  inPlaceOf<Of>(stream: Of): Of {
    return (isReadable(stream) ? asReadable(this) : asIterable(this, stream)) as Of
  }

  #see(chunk: unknown): void {
    if (this.#keepsChunks && this.#chunks !== undefined) {
      if (this.#chunks.length < MOST_CHUNKS_KEPT) this.#chunks.push(chunk)
      else this.#chunks = undefined
    }
    const usage = usageIn(chunk)
    if (usage !== undefined) this.#usage = { ...this.#usage, ...usage }
  }

  /** Ends it when the signal aborts. Nobody may be reading, or the source may not know the signal. */
  readonly #cut = (): void => {
    this.#isCut = true
    this.#over({ how: 'broke', error: this.#signal.reason })
    void this.#stopSource()
  }

  /** Never throws: what stopping throws, such as the reason of the abort, is news to nobody. */
  async #stopSource(): Promise<void> {
    try {
      await this.#source.return?.()
    } catch {}
  }

  #over(end: StreamEnd): void {
    if (this.#end !== undefined) return
    // What the stream told of its failure stays true, however its reader goes on.
    this.#end = this.#failed ?? end
    this.#signal.removeEventListener('abort', this.#cut)
    this.#onEnd?.(this.#end)
  }
}

/** Some SDKs swallow an error and end the stream, so nobody knows whether the model is to blame. */
class EmptyStreamError extends Error {
  override readonly name = 'EmptyStreamError'
  readonly code = 'ERR_STREAM_PREMATURE_CLOSE'

  constructor() {
    super('the stream ended before its first output')
  }
}

function isAnnouncement(chunk: unknown): boolean {
  if (!isRecord(chunk)) return false
  const { type, choices } = chunk
  // OpenAI's chat completions tell tokens without a choice, and Azure begins with what its filter says.
  return ANNOUNCEMENT.test(String(type)) || (Array.isArray(choices) && choices.length === 0)
}

/** The Vercel AI SDK and OpenAI's responses say in a chunk that they failed. */
function failureIn(chunk: unknown): StreamEnd | undefined {
  if (!isRecord(chunk)) return undefined
  const { type, error, response } = chunk
  if (type === 'error') return { how: 'broke', error: error ?? chunk }
  if (type === 'response.failed') {
    return { how: 'broke', error: (isRecord(response) && response['error']) || chunk }
  }
  return type === 'abort' ? { how: 'cancelled' } : undefined
}

function isReadable(value: unknown): value is WebStream<unknown> {
  return isObject(value) && typeof Reflect.get(value, 'getReader') === 'function'
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return isObject(value) && typeof Reflect.get(value, Symbol.asyncIterator) === 'function'
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function readerOf(stream: WebStream<unknown>): AsyncIterator<unknown> {
  const reader = stream.getReader()
  return {
    async next() {
      const { done, value } = await reader.read()
      return done ? { done, value: undefined } : { done, value }
    },
    async return() {
      await reader.cancel()
      return { done: true, value: undefined }
    },
  }
}

function asReadable(watched: StreamReader): ReadableStream<unknown> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await watched.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await watched.return()
      },
    },
    { highWaterMark: 0 },
  )
}

/**
 * Whatever else the SDK's object offers stays: `controller`, `finalMessage()` and the like. A proxy of the object itself
 * could not answer for another iterator where the object is frozen.
 */
function asIterable(watched: StreamReader, stream: unknown): unknown {
  if (!isObject(stream)) return watched
  return new Proxy(Object.create(Reflect.getPrototypeOf(stream)) as object, {
    get(_, name, proxy) {
      if (name === Symbol.asyncIterator) return () => watched
      const value: unknown = Reflect.get(stream, name, stream)
      if (typeof value !== 'function') return value
      // Of a generator.
      if (name === 'next') return () => watched.next()
      if (name === 'return') return () => watched.return()
      // It reads its own iterator, which has to be this one.
      return value.bind(name === 'toReadableStream' ? proxy : stream)
    },
    has: (_, name) => Reflect.has(stream, name),
    set: (_, name, value) => Reflect.set(stream, name, value),
    ownKeys: () => Reflect.ownKeys(stream),
    getOwnPropertyDescriptor(_, name) {
      const found = Reflect.getOwnPropertyDescriptor(stream, name)
      return found && { ...found, configurable: true }
    },
  })
}
