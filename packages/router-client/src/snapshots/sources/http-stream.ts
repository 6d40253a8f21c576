// One server-sent event stream, from opening to end.
import type { IncomingMessage } from 'node:http'
import { pipeline, type Readable } from 'node:stream'
import { constants, createGunzip } from 'node:zlib'
import {
  DELTA_EVENT,
  DELTA_FORMAT,
  DELTAS_HEADER,
  formatSnapshotVersion,
  goodbyeSchema,
  heartbeatSchema,
} from '@winrate/shared-schema/contracts'
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import type { Timer } from '../../runtime/clock.ts'
import { linkAbort } from '../../runtime/signal.ts'
import { parseJson } from '../../runtime/unknown-value.ts'
import { type RetryAdvice, readRetryAdvice } from '../../transport/backoff.ts'
import { contentCoding, describeAnswer } from '../../transport/describe-answer.ts'
import { describeReadFailure, readRefusal } from '../../transport/http-body.ts'
import type { HttpConnection } from '../../transport/http-request.ts'
import { joinUrl } from '../../transport/join-url.ts'
import type { SnapshotReceiver } from './snapshot-source.ts'

export interface HttpStreamInput {
  readonly connection: HttpConnection
  /** Of the worker. */
  readonly url: string
  /** @throws when the token's function fails. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>
  readonly tokenMayChange: boolean
  /** Longest time without a byte; ends a half-open connection. */
  readonly silenceMs: number
  readonly receiver: SnapshotReceiver
  readonly signal: AbortSignal
  /** An event arrived: the stream works. */
  readonly onEvent: () => void
  /** The server has a version that the stream has not brought. */
  readonly onBehind: () => void
}

/** How a stream ended. A proxy cuts sound streams too: every so often, or when it is replaced. */
export type StreamEnd =
  | { readonly kind: 'goodbye'; readonly reconnectAfterMs: number }
  | ({ readonly kind: 'cut' | 'broken' | 'rejected'; readonly problem: string } & RetryAdvice)

const MAX_EVENT_CHARS = 64 * 1024 * 1024

/** Reads a stream until it ends, however it ends. Never throws. */
export async function readSnapshotStream(input: HttpStreamInput): Promise<StreamEnd> {
  const { receiver, silenceMs } = input
  const own = linkAbort(input.signal)
  let silent: Timer | undefined
  let ending: StreamEnd | undefined
  const end = (how: StreamEnd): void => {
    ending ??= how
    own.abort()
  }
  const expectBytes = (): void => {
    silent?.cancel()
    const problem = `the snapshot stream was silent for ${silenceMs} ms`
    silent = receiver.clock.setTimer(silenceMs, () => end({ kind: 'broken', problem }))
  }
  try {
    const response = await openStream(input, own.signal, expectBytes)
    if (!isStream(response)) return await rejection(response, input)
    await feed(unzipped(response), expectBytes, (event) => handleEvent(event, input, end))
    return ending ?? { kind: 'cut', problem: 'the snapshot stream was ended by the server' }
  } catch (cause) {
    const kind = wasCut(cause) ? 'cut' : 'broken'
    return ending ?? { kind, problem: describeReadFailure(cause) }
  } finally {
    silent?.cancel()
    own.abort()
    own.unlink()
  }
}

async function openStream(
  input: HttpStreamInput,
  signal: AbortSignal,
  onConnected: () => void,
): Promise<IncomingMessage> {
  const { connection, url, headers, receiver } = input
  const own = await headers()
  const known = receiver.known()
  return await connection.open({
    url: joinUrl(url, '/v1/snapshot/stream'),
    method: 'GET',
    headers: {
      ...own,
      accept: 'text/event-stream',
      [DELTAS_HEADER]: String(DELTA_FORMAT),
      ...(known === undefined ? {} : { 'last-event-id': formatSnapshotVersion(known) }),
    },
    signal,
    onConnected,
  })
}

/** Whether the connection ended without a word, and not because of what it carried. */
function wasCut(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    'code' in cause &&
    /^(?:ECONNRESET|EPIPE|ETIMEDOUT|ERR_STREAM_PREMATURE_CLOSE)$/.test(String(cause.code))
  )
}

function isStream({ statusCode, headers }: IncomingMessage): boolean {
  const isEvents = /^text\/event-stream\b/i.test(headers['content-type'] ?? '')
  return statusCode === 200 && isEvents && contentCoding(headers) !== undefined
}

async function rejection(
  response: IncomingMessage,
  { url, receiver, tokenMayChange }: HttpStreamInput,
): Promise<StreamEnd> {
  const { statusCode: status = 0, headers } = response
  const body = await readRefusal(response)
  return {
    kind: 'rejected',
    problem: describeAnswer(url, { status, headers, body }),
    ...readRetryAdvice(status, headers, receiver.clock.now(), { tokenMayChange }),
  }
}

// The stream has no gzip trailer: it ends with its goodbye.
function unzipped(response: IncomingMessage): Readable {
  if (contentCoding(response.headers) !== 'gzip') return response
  const unzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH })
  // An error of the response ends the decompression, whose reader then sees it.
  pipeline(response, unzip, () => undefined)
  return unzip.on('error', () => undefined)
}

async function feed(
  stream: Readable,
  onBytes: () => void,
  onEvent: (event: EventSourceMessage) => Promise<void>,
): Promise<void> {
  let unparsed = 0
  let arrived: EventSourceMessage[] = []
  const parser = createParser({
    onEvent(event) {
      unparsed = 0
      arrived.push(event)
    },
  })
  stream.setEncoding('utf8')
  for await (const chunk of stream) {
    const text = String(chunk)
    onBytes()
    unparsed += text.length
    if (unparsed > MAX_EVENT_CHARS) throw new Error('an event of the snapshot stream is too large')
    parser.feed(text)
    const events = arrived
    arrived = []
    // Reading continues after these events are handled.
    for (const event of events) await onEvent(event)
  }
}

async function handleEvent(
  event: EventSourceMessage,
  { receiver, onEvent, onBehind, signal }: HttpStreamInput,
  end: (how: StreamEnd) => void,
): Promise<void> {
  if (signal.aborted) return
  switch (event.event) {
    case 'snapshot': {
      const taken = await receiver.offerText(event.data)
      if (taken === 'refused') {
        end({ kind: 'broken', problem: 'the snapshot stream brought an unusable snapshot' })
        return
      }
      if (taken === 'ignored') receiver.confirm()
      onEvent()
      return
    }
    case DELTA_EVENT: {
      const taken = await receiver.offerDelta(event.data)
      if (taken === 'ignored') receiver.confirm()
      onEvent()
      // The delta was for another version or damaged: only the whole snapshot helps.
      if (taken === 'refused') onBehind()
      return
    }
    case 'heartbeat': {
      const heartbeat = heartbeatSchema.safeParse(parseJson(event.data))
      if (!heartbeat.success) return
      const { head, held = false } = heartbeat.data
      const known = receiver.known()
      onEvent()
      receiver.confirm({ held })
      const upToDate = known !== undefined && head === formatSnapshotVersion(known)
      if (head !== undefined && !upToDate && !held) onBehind()
      return
    }
    case 'goodbye': {
      const goodbye = goodbyeSchema.safeParse(parseJson(event.data))
      const reconnectAfterMs = goodbye.success ? goodbye.data.reconnectAfterMs : 0
      end({ kind: 'goodbye', reconnectAfterMs })
      return
    }
    default:
      // An event of a later version.
      onEvent()
  }
}
