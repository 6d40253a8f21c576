// What a provider answers, read for the router: whole, or as a stream that goes on to the caller.
import { usageIn } from '../calls/stream/answer-usage.ts'
import { answererIn } from '../calls/stream/answerer.ts'
import { isRecord, parseJson } from '../runtime/unknown-value.ts'
import type { Fields, ModelApi, Seen } from './apis/model-api.ts'
import { type EventChunk, eventChunks } from './event-chunks.ts'
import { failureOf, notJson } from './provider-error.ts'
import { readBody } from './read-body.ts'

/** Of an answer that is judged. A longer one is handed on all the same. */
const MOST_CHARS_JUDGED = 1_048_576

/** An answer as `router.call()` reads it. */
export interface Answer {
  readonly response: Response
  readonly usage?: object | undefined
  readonly model?: string | undefined
  /** Undefined where it is too long, or in a form that is not known. */
  readonly seen?: Seen | undefined
}

/** @throws ProviderError for what is no answer. */
export async function readAnswer(api: ModelApi, given: Response): Promise<Answer> {
  if (isEventStream(given)) return { response: given }
  const { text, response } = await readBody(given)
  if (text === undefined) return { response }
  const body = parseJson(text)
  if (!isRecord(body)) throw notJson(response)
  const failed = failureOf(body, response)
  if (failed !== undefined) throw failed
  return {
    ...{ response, usage: usageIn(body), model: answererIn(body) },
    seen: api.readAnswer(body),
  }
}

export interface AnswerStream {
  readonly response: Response
  readonly chunks: AsyncIterable<EventChunk>
  /** What has come so far. */
  readonly seen: () => Seen | undefined
}

/** @param expect Is told what the answer announces, before its reader can know of it. */
export async function openAnswer(
  api: ModelApi,
  response: Response,
  expect: (announced: string) => void,
): Promise<AnswerStream> {
  if (response.body === null || !isEventStream(response))
    return asStream(await readAnswer(api, response), expect)
  const collector = api.collect()
  let chars = 0
  let told = 0
  function see(event: Fields | undefined): void {
    if (chars > MOST_CHARS_JUDGED) return
    chars += event === undefined ? Number.POSITIVE_INFINITY : collector.add(event)
    for (const announced of collector.announced.slice(told)) expect(announced)
    told = collector.announced.length
  }
  return {
    response,
    chunks: eventChunks(response, response.body, see),
    seen: () => (chars > MOST_CHARS_JUDGED ? undefined : collector.seen()),
  }
}

/** Some servers do not stream, though asked to. */
function asStream(
  { response, usage, model, seen }: Answer,
  expect: (announced: string) => void,
): AnswerStream {
  async function* chunks(): AsyncGenerator<EventChunk> {
    const bytes = new Uint8Array(await response.arrayBuffer())
    yield { type: 'output', usage, model, bytes }
  }
  seen?.announced.forEach(expect)
  return { response, chunks: chunks(), seen: () => seen }
}

function isEventStream({ headers }: Response): boolean {
  return /event-stream/i.test(headers.get('content-type') ?? '')
}
