// Reads a stream for its reader and for the outcome. Guarantees: the reader gets every chunk once and in order, as fast as
// it asks and no faster; how the stream ended is told once, also where nobody reads on when its signal aborts.
import { abortable, type Clock, type Timer } from '../../runtime/clock.ts'
import { usageIn } from './answer-usage.ts'
import { answererIn } from './answerer.ts'
import { failureIn, isComplete, isOutput, type StreamEnd } from './chunk.ts'
import { isObject, isReadable, readerOf, type Stream } from './find-stream.ts'

/** A verdict needs no more of a stream; more would keep a runaway one in memory. */
const MOST_CHUNKS_KEPT = 100_000
/** A stream that nobody reads for so long is abandoned. */
const ABANDONED_MS = 600_000

export class StreamReader implements AsyncIterableIterator<unknown> {
  readonly #source: AsyncIterator<unknown>
  readonly #signal: AbortSignal
  readonly #controller: AbortController
  readonly #keepsChunks: boolean
  readonly #waiting: unknown[] = []
  #chunks: unknown[] | undefined = []
  #usage: Record<string, unknown> | undefined
  #answerer: string | undefined
  #failed: StreamEnd | undefined
  #onEnd: ((end: StreamEnd) => void) | undefined
  #end: StreamEnd | undefined
  #isReading = false
  #isStopped = false
  #wasRead = false
  #isAbandoned = false
  #watching: Timer | undefined
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

  /** The model that answered, as its chunks name it. */
  get answerer(): string | undefined {
    return this.#answerer
  }

  /** One of its chunks said that it failed. */
  get toldFailure(): boolean {
    return this.#failed !== undefined
  }

  /**
   * Reads up to the first output, or to the end of an answer that says it is complete without any. Throws what the stream
   * throws, or says in a chunk, and where it breaks off before.
   *
   * @returns Whether it is over.
   */
  async begin(): Promise<boolean> {
    this.#signal.addEventListener('abort', this.#cut)
    for (;;) {
      const step = await abortable(this.#source.next(), this.#signal)
      if (step.done === true) {
        if (!this.#waiting.some(isComplete)) throw new EmptyStreamError()
        this.#over({ how: 'ended' })
        return true
      }
      const failed = failureIn(step.value)
      if (failed?.how === 'broke') throw failed.error
      this.#see(step.value)
      this.#waiting.push(step.value)
      if (isOutput(step.value)) return false
    }
  }

  /** Whom to tell how it ended. */
  onEnd(told: (end: StreamEnd) => void): void {
    if (this.#end === undefined) this.#onEnd = told
    else told(this.#end)
  }

  /**
   * Tells once when nobody has read for ten to twenty minutes, though there is more. The stream stays as it is for a reader
   * that comes back. No process is kept alive for it.
   */
  onAbandoned(clock: Clock, told: () => void): void {
    if (this.#end !== undefined) return
    this.#watching = clock.setTimer(ABANDONED_MS, () => {
      if (this.#wasRead || this.#isReading) {
        this.#wasRead = false
        this.onAbandoned(clock, told)
      } else {
        this.#isAbandoned = true
        told()
      }
    })
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    this.#wasRead = true
    this.#isAbandoned = false
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
    this.#answerer ??= answererIn(chunk)
    const usage = usageIn(chunk)
    if (usage !== undefined) this.#usage = { ...this.#usage, ...usage }
  }

  /** Ends it when the signal aborts. Nobody may be reading, or the source may not know the signal. */
  readonly #cut = (): void => {
    this.#isCut = true
    this.#over(
      this.#isAbandoned ? { how: 'cancelled' } : { how: 'broke', error: this.#signal.reason },
    )
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
    this.#watching?.cancel()
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

/** Reads a stream to its end for nobody but the outcome. */
export function drain(stream: StreamReader): void {
  const readOn = async () => {
    for await (const _ of stream);
  }
  readOn().catch(() => undefined)
}

/** Stops a stream that nobody has begun to read. */
export async function stop(stream: Stream | undefined): Promise<void> {
  if (stream === undefined) return
  const controller = new AbortController()
  const { signal } = controller
  await new StreamReader(stream, { signal, controller, keepsChunks: false }).return()
}
