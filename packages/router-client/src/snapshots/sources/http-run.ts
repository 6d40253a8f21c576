import { formatSnapshotVersion, HELD_HEADER } from '@winrate/shared-schema/contracts'
import { pause, type Timer } from '../../runtime/clock.ts'
import { toSafeText } from '../../runtime/unknown-value.ts'
import { authorize } from '../../transport/authorization.ts'
import {
  type Backoff,
  createBackoff,
  MAX_RETRY_AFTER_MS,
  readRetryAdvice,
} from '../../transport/backoff.ts'
import { describeAnswer, isJson } from '../../transport/describe-answer.ts'
import { createHttpConnection, type HttpConnection } from '../../transport/http-request.ts'
import { joinUrl } from '../../transport/join-url.ts'
import type { HttpSnapshotsOptions } from './http-snapshots.ts'
import { readSnapshotStream, type StreamEnd } from './http-stream.ts'
import { createPollLoop, type PollAttempt, type Polled, type PollLoop } from './polling-source.ts'
import type { SnapshotReceiver, SourceStatus } from './snapshot-source.ts'

const RECONNECT_CAP_MS = 60_000
/** A stream that brought events for so long may be cut: with the wait before the next one, that is no storm. */
const LIVED_MS = 1_000
/** Longest wait after a planned end during which there is no need to poll. */
const SHORT_ABSENCE_MS = 10_000
const FIRST_POLL_SPREAD_MS = 10_000

/** From start to stop: one loop that keeps a stream open, and polling where that fails. */
export class HttpRun {
  readonly #options: HttpSnapshotsOptions
  readonly #reconnectMs: number
  readonly #graceMs: number
  readonly #silenceMs: number
  readonly #receiver: SnapshotReceiver
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
    const { streamGraceMs = 3_000, silenceMs = 45_000 } = options
    this.#options = options
    this.#reconnectMs = reconnectMs
    this.#graceMs = streamGraceMs
    this.#silenceMs = silenceMs
    this.#receiver = receiver
    this.#connection = createHttpConnection(options.agent)
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

  /** @throws when the token's function fails. */
  async #headers(): Promise<Record<string, string>> {
    const { token, instanceId = this.#receiver.instanceId } = this.#options
    return {
      'x-winrate-instance': encodeHeader(instanceId),
      ...(await authorize(token, this.#receiver.clock)),
    }
  }

  state(): SourceStatus['state'] {
    if (this.#streamingSinceMs !== undefined) return 'streaming'
    if (!this.#isPolling) return 'connecting'
    return this.#polling.isFailing() ? 'failing' : 'polling'
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await Promise.all([this.#done, this.#polling.stop()])
    this.#endGrace()
    this.#connection.close()
  }

  async #keepStreaming(): Promise<void> {
    const { signal } = this.#abort
    const { clock } = this.#receiver
    this.#pollAfter(this.#graceMs)
    while (!signal.aborted) {
      const end = await readSnapshotStream({
        connection: this.#connection,
        url: this.#options.url,
        headers: () => this.#headers(),
        tokenMayChange: typeof this.#options.token === 'function',
        silenceMs: this.#silenceMs,
        receiver: this.#receiver,
        signal,
        onEvent: () => this.#streamWorks(),
        // The stream is alive but has not brought what the server has: fetch it.
        onBehind: () => this.#pollInstead(),
      })
      if (signal.aborted) return
      await pause(clock, this.#streamEnded(end), signal)
    }
  }

  /** Polls unless the stream works before. A wait that has begun stays as it is. */
  #pollAfter(delayMs: number): void {
    if (this.#isPolling) return
    this.#grace ??= this.#receiver.clock.setTimer(delayMs, () => this.#pollInstead())
  }

  #endGrace(): void {
    this.#grace?.cancel()
    this.#grace = undefined
  }

  #pollInstead(): void {
    this.#endGrace()
    if (this.#isPolling || this.#abort.signal.aborted) return
    this.#isPolling = true
    // Clients that lost one server together must not poll another one together. At the start a caller
    // may be waiting in `ready`.
    const spreadMs = Math.min(FIRST_POLL_SPREAD_MS, this.#options.pollIntervalMs ?? 60_000)
    this.#polling.start(this.#receiver, this.#hadStream ? this.#receiver.random() * spreadMs : 0)
  }

  /** Asks once for a newer snapshot, by ETag. @throws when there is no whole answer. */
  async #poll({ receiver, signal }: PollAttempt): Promise<Polled> {
    const { url, token } = this.#options
    const own = await this.#headers()
    const known = receiver.known()
    const answer = await this.#connection.call(
      {
        url: joinUrl(url, '/v1/snapshot'),
        method: 'GET',
        headers: {
          ...own,
          accept: 'application/json',
          ...(known === undefined ? {} : { 'if-none-match': `"${formatSnapshotVersion(known)}"` }),
        },
        signal,
      },
      this.#options.requestTimeoutMs ?? 10_000,
    )
    const { status, headers, body } = answer
    const held = headers[HELD_HEADER] === 'true'
    if (status === 304) return { held }
    if (status === 200 && isJson(headers) && body !== undefined) return { text: body, held }
    return {
      problem: describeAnswer(url, answer),
      ...readRetryAdvice(status, headers, receiver.clock.now(), {
        tokenMayChange: typeof token === 'function',
      }),
    }
  }

  #streamWorks(): void {
    this.#hadStream = true
    this.#streamingSinceMs ??= this.#receiver.clock.now()
    this.#endGrace()
    if (this.#isPolling) {
      this.#isPolling = false
      void this.#polling.stop()
    }
    // A stream may bring bytes and no event, for example when only a proxy keeps it alive.
    this.#pollAfter(this.#silenceMs)
  }

  /** Reports a failure, sees to polling, and returns how long to wait before the next stream. */
  #streamEnded(end: StreamEnd): number {
    const sinceMs = this.#streamingSinceMs
    this.#streamingSinceMs = undefined
    if (sinceMs !== undefined) this.#endGrace()
    const livedMs = sinceMs === undefined ? -1 : this.#receiver.clock.now() - sinceMs
    const lived = livedMs >= Math.min(LIVED_MS, this.#reconnectMs)
    if (lived) this.#backoff.reset()
    const isPlanned = end.kind === 'goodbye' || (end.kind === 'cut' && lived)
    if (end.kind !== 'goodbye' && !isPlanned) {
      this.#receiver.fail(end.problem, { anotherWay: true })
    }
    const delayMs = this.#backoff.retryDelayMs(
      end.kind === 'goodbye'
        ? { retryAfterMs: Math.min(end.reconnectAfterMs, MAX_RETRY_AFTER_MS) }
        : end,
    )
    if (!this.#hadStream || end.kind === 'rejected') this.#pollInstead()
    else this.#pollAfter(this.#graceMs + (isPlanned && delayMs <= SHORT_ABSENCE_MS ? delayMs : 0))
    return delayMs
  }
}

/** Header values are bytes of Latin-1; a name beyond it travels percent-encoded. */
function encodeHeader(value: string): string {
  return /^[\x20-\x7e]*$/.test(value) ? value : encodeURIComponent(toSafeText(value))
}
