import { formatSnapshotVersion, HELD_HEADER } from '@winrate/shared-schema/contracts'
import { pause, type Timer } from '../../runtime/clock.ts'
import { durationProblems, tokenProblems } from '../../runtime/option-problems.ts'
import { toSafeText } from '../../runtime/unknown-value.ts'
import { type Backoff, createBackoff, readRetryAdvice } from '../../transport/backoff.ts'
import {
  createHttpConnection,
  type HttpConnection,
  isHttpUrl,
  isJson,
  joinUrl,
} from '../../transport/http-request.ts'
import { readSnapshotStream, type StreamEnd } from './http-stream.ts'
import { createPollLoop, type PollAttempt, type Polled, type PollLoop } from './polling-source.ts'
import type { SnapshotReceiver, SnapshotSource, SourceStatus } from './snapshot-source.ts'

export interface HttpSnapshotsOptions {
  /** Address of central-worker, for example `http://winrate.internal:8080`. */
  readonly url: string
  /** Bearer token of scope `read`, where the worker asks for one. */
  readonly token?: string
  /** The name of this instance for the worker. Default: the router's. */
  readonly instanceId?: string
  /** How often to poll while there is no stream, in milliseconds, ± 20 %. Default 60000. */
  readonly pollIntervalMs?: number
  /** Polling begins when the stream has been down for this long, in milliseconds. Default 3000. */
  readonly streamGraceMs?: number
  /** A stream without a byte for this long is broken, in milliseconds. Default 45000. */
  readonly silenceMs?: number
  /** Upper end of the first wait before reconnecting, in milliseconds; doubles up to 60 s. Default 5000. */
  readonly reconnectMs?: number
  /** Wait before a stream that was rejected is tried again, in milliseconds, ± 20 %. Default 300000. */
  readonly rejectedRetryMs?: number
  /** Longest wait for an answer to a poll, in milliseconds. Default 10000. */
  readonly requestTimeoutMs?: number
}

const RECONNECT_CAP_MS = 60_000
/** After a stream that lived this long, waits before reconnecting are short again. */
const HEALTHY_MS = 60_000
const FIRST_POLL_SPREAD_MS = 10_000
/** A goodbye may ask for a longer wait, but a client must not stay away for days. */
const MAX_GOODBYE_MS = 3_600_000

/**
 * Snapshots from central-worker: over one stream, and by polling with ETag while there is none. The
 * source reopens the stream for ever, with full jitter, so polling is only a stopgap. There is never
 * more than one stream: one loop opens, reads and reopens it.
 */
export function httpSnapshots(options: HttpSnapshotsOptions): SnapshotSource {
  let run: HttpRun | undefined
  let stopped = false
  const { url, token, pollIntervalMs, streamGraceMs, silenceMs } = options
  const { reconnectMs, rejectedRetryMs, requestTimeoutMs } = options
  const problems = [
    ...(isHttpUrl(url) ? [] : ['httpSnapshots: url must be an http or https address']),
    ...tokenProblems('httpSnapshots', token),
    ...durationProblems('httpSnapshots', {
      ...{ pollIntervalMs, streamGraceMs, silenceMs, reconnectMs, rejectedRetryMs },
      requestTimeoutMs,
    }),
  ]
  return {
    expectsUpdates: true,
    problems,
    start(receiver) {
      if (run !== undefined || stopped || problems.length > 0) return
      run = new HttpRun(options, receiver)
    },
    async stop() {
      stopped = true
      await run?.stop()
    },
    status(): SourceStatus {
      if (stopped) return { kind: 'http', state: 'stopped' }
      return { kind: 'http', state: run?.state() ?? 'idle' }
    },
  }
}

/** From start to stop: one loop that keeps a stream open, and polling where that fails. */
class HttpRun {
  readonly #options: HttpSnapshotsOptions
  readonly #receiver: SnapshotReceiver
  readonly #headers: Record<string, string>
  readonly #connection: HttpConnection
  readonly #polling: PollLoop
  readonly #backoff: Backoff
  readonly #abort = new AbortController()
  #streamingSinceMs: number | undefined
  #hadStream = false
  #isPolling = false
  #grace: Timer | undefined
  readonly #done: Promise<void>

  constructor(options: HttpSnapshotsOptions, receiver: SnapshotReceiver) {
    const { pollIntervalMs = 60_000, reconnectMs = 5_000 } = options
    this.#options = options
    this.#receiver = receiver
    this.#headers = requestHeaders(options, receiver)
    this.#connection = createHttpConnection(new URL(options.url).protocol)
    this.#backoff = createBackoff({
      baseMs: reconnectMs,
      capMs: RECONNECT_CAP_MS,
      slowMs: options.rejectedRetryMs,
      random: receiver.random,
    })
    this.#polling = createPollLoop({
      intervalMs: pollIntervalMs,
      poll: (attempt) => this.#poll(attempt),
    })
    this.#done = this.#keepStreaming()
  }

  state(): SourceStatus['state'] {
    if (this.#streamingSinceMs !== undefined) return 'streaming'
    if (!this.#isPolling) return 'connecting'
    return this.#polling.isFailing() ? 'failing' : 'polling'
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await Promise.all([this.#done, this.#polling.stop()])
    this.#grace?.cancel()
    this.#connection.close()
  }

  async #keepStreaming(): Promise<void> {
    const { signal } = this.#abort
    const { clock } = this.#receiver
    while (!signal.aborted) {
      this.#startGrace()
      const end = await readSnapshotStream({
        connection: this.#connection,
        url: joinUrl(this.#options.url, '/v1/snapshot/stream'),
        headers: this.#headers,
        silenceMs: this.#options.silenceMs ?? 45_000,
        receiver: this.#receiver,
        signal,
        onEvent: () => this.#streamWorks(),
        // The stream is alive but has not brought what the server has: fetch it.
        onBehind: () => this.#pollInstead(),
      })
      if (signal.aborted) return
      const delayMs = this.#streamEnded(end)
      if (!this.#hadStream || end.kind === 'rejected') this.#pollInstead()
      else this.#startGrace()
      await pause(clock, delayMs, signal)
    }
  }

  #startGrace(): void {
    this.#grace?.cancel()
    if (this.#isPolling) return
    const graceMs = this.#options.streamGraceMs ?? 3_000
    this.#grace = this.#receiver.clock.setTimer(graceMs, () => this.#pollInstead())
  }

  #pollInstead(): void {
    this.#grace?.cancel()
    if (this.#isPolling || this.#abort.signal.aborted) return
    this.#isPolling = true
    // Clients that lost one server together must not poll another one together. At the start a caller
    // may be waiting in `ready`.
    const spreadMs = Math.min(FIRST_POLL_SPREAD_MS, this.#options.pollIntervalMs ?? 60_000)
    this.#polling.start(this.#receiver, this.#hadStream ? this.#receiver.random() * spreadMs : 0)
  }

  /** Asks once for a newer snapshot, by ETag. @throws when there is no whole answer. */
  async #poll({ receiver, signal }: PollAttempt): Promise<Polled> {
    const known = receiver.known()
    const { status, headers, body } = await this.#connection.call(
      {
        url: joinUrl(this.#options.url, '/v1/snapshot'),
        method: 'GET',
        headers: {
          ...this.#headers,
          accept: 'application/json',
          'accept-encoding': 'gzip',
          ...(known === undefined ? {} : { 'if-none-match': `"${formatSnapshotVersion(known)}"` }),
        },
        signal,
      },
      this.#options.requestTimeoutMs ?? 10_000,
    )
    const held = headers[HELD_HEADER] === 'true'
    if (status === 304) return { held }
    if (status === 200 && isJson(headers)) return { text: body, held }
    const answer =
      status === 200 ? `${headers['content-type'] ?? 'no type'}, not JSON` : `status ${status}`
    return {
      problem: `snapshot request was answered with ${answer}`,
      ...readRetryAdvice(status, headers, receiver.clock.now()),
    }
  }

  #streamWorks(): void {
    this.#hadStream = true
    this.#streamingSinceMs ??= this.#receiver.clock.now()
    this.#grace?.cancel()
    if (!this.#isPolling) return
    this.#isPolling = false
    void this.#polling.stop()
  }

  /** How long to wait before the next stream. */
  #streamEnded(end: StreamEnd): number {
    const { clock } = this.#receiver
    const sinceMs = this.#streamingSinceMs
    this.#streamingSinceMs = undefined
    if (sinceMs !== undefined && clock.now() - sinceMs >= HEALTHY_MS) this.#backoff.reset()
    if (end.kind === 'goodbye') {
      const retryAfterMs = Math.min(end.reconnectAfterMs, MAX_GOODBYE_MS)
      return this.#backoff.retryDelayMs({ retryAfterMs })
    }
    this.#receiver.fail(end.problem, { anotherWay: true })
    return this.#backoff.retryDelayMs(end)
  }
}

function requestHeaders(
  { token, instanceId }: HttpSnapshotsOptions,
  receiver: SnapshotReceiver,
): Record<string, string> {
  return {
    // Header values are bytes of Latin-1; a name beyond it travels percent-encoded.
    'x-winrate-instance': encodeHeader(instanceId ?? receiver.instanceId),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
}

function encodeHeader(value: string): string {
  return /^[\x20-\x7e]*$/.test(value) ? value : encodeURIComponent(toSafeText(value))
}
