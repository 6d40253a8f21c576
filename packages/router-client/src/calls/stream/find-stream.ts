import { isRecord } from '../../runtime/unknown-value.ts'

/** A ReadableStream, by the part of it that is used here. */
export interface WebStream<Chunk> {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Chunk | undefined }>
    cancel(reason?: unknown): Promise<void>
  }
}

export type Stream = AsyncIterable<unknown> | WebStream<unknown>

/** Where the stream of an answer is, and what becomes of the answer. */
export interface FoundStream {
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

export function isReadable(value: unknown): value is WebStream<unknown> {
  return isObject(value) && typeof Reflect.get(value, 'getReader') === 'function'
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return isObject(value) && typeof Reflect.get(value, Symbol.asyncIterator) === 'function'
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

export function readerOf(stream: WebStream<unknown>): AsyncIterator<unknown> {
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
