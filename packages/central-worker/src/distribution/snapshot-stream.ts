// The readers of GET /v1/snapshot/stream. Guarantees: every reader gets the newest snapshot that it should
// have, not each one in between; a slow reader costs no memory beyond one event; a stream always ends with a
// goodbye, unless its reader does not read.
import type { ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { formatSnapshotVersion, type Heartbeat } from '@winrate/shared-schema/contracts'
import type { Service } from '../runtime/service.ts'
import type { Serving } from './served-head.ts'
import { type EventBytes, goodbyeEventBytes, heartbeatEventBytes } from './stream-event-bytes.ts'
import type { CutReason, StreamMetrics } from './stream-metrics.ts'
import { type OpenStream, StreamReader } from './stream-reader.ts'

export interface SnapshotStreamDependencies {
  readonly servingFor: (instanceId: string | undefined) => Serving
  /** Calls back after each change of what is served; returns a function that ends this. */
  readonly onChange: (listener: () => void) => () => void
  readonly metrics: StreamMetrics
  readonly nowMs: () => number
  /** Uniform in [0, 1). */
  readonly random: () => number
}

const defaults = {
  maxReaders: 10_000,
  heartbeatIntervalMs: 15_000,
  /** How long a reader may leave its socket full. */
  drainTimeoutMs: 30_000,
  /** Streams end at this age, 20 % more or less, so that readers spread over replicas. */
  maxAgeMs: 1_800_000,
  /** What a stopping replica tells its readers to wait. */
  reconnectAfterMs: 5_000,
}

export type SnapshotStreamOptions = Readonly<Partial<typeof defaults>>

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  connection: 'close',
  vary: 'accept-encoding, x-winrate-instance',
}

const RECONNECT_AFTER_EXPIRY_MS = 1_000

// Writing to many sockets in one turn would block everything else.
const READERS_PER_TURN = 500

export class SnapshotStream implements Service {
  readonly #dependencies: SnapshotStreamDependencies
  readonly #options: typeof defaults
  readonly #readers = new Set<StreamReader>()
  #heartbeats: NodeJS.Timeout | undefined
  #unsubscribe: (() => void) | undefined
  #delivery: Iterator<StreamReader> | undefined
  #isBeating = false
  #stopping = false

  constructor(dependencies: SnapshotStreamDependencies, options: SnapshotStreamOptions = {}) {
    this.#dependencies = dependencies
    this.#options = { ...defaults, ...options }
  }

  /** Begins heartbeats and delivery. Idempotent. */
  async start(): Promise<void> {
    if (this.#stopping || this.#heartbeats !== undefined) return
    this.#unsubscribe = this.#dependencies.onChange(() => this.#deliver())
    this.#heartbeats = setInterval(() => void this.#beat(), this.#options.heartbeatIntervalMs)
  }

  /** Says goodbye to every reader and accepts no more. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearInterval(this.#heartbeats)
    this.#unsubscribe?.()
    const { reconnectAfterMs } = this.#options
    const goodbye = goodbyeEventBytes({ reason: 'stopping', reconnectAfterMs })
    await this.#visitReaders((reader) => this.#end(reader, 'stopping', goodbye))
  }

  /** Takes over the response; `full` and `stopping` leave it untouched. */
  open(stream: OpenStream): 'opened' | 'full' | 'stopping' {
    if (this.#stopping) return 'stopping'
    if (this.#readers.size >= this.#options.maxReaders) return 'full'
    const { response, instanceId, coding } = stream
    // The client is gone and `close` was emitted: there is nothing to write to.
    if (response.destroyed) return 'opened'
    const reader = new StreamReader(stream, {
      expiresAtMs: this.#expiryMs(),
      drainTimeoutMs: this.#options.drainTimeoutMs,
      onDrained: () => this.#offer(reader),
      onTooSlow: () => this.#cut(reader, 'slow'),
    })
    this.#add(reader, response)
    response.writeHead(200, {
      ...headers,
      ...(coding === 'gzip' && { 'content-encoding': coding }),
    })
    if (!this.#offer(reader)) {
      reader.beat(heartbeatEventBytes(heartbeatOf(this.#dependencies.servingFor(instanceId))))
    }
    return 'opened'
  }

  #add(reader: StreamReader, response: ServerResponse): void {
    const { readers } = this.#dependencies.metrics
    this.#readers.add(reader)
    readers.set(this.#readers.size)
    response.on('close', () => {
      reader.release()
      this.#readers.delete(reader)
      readers.set(this.#readers.size)
    })
    // The reader went away; `close` follows.
    response.on('error', () => {})
    response.socket?.setKeepAlive(true, 60_000)
  }

  #offer(reader: StreamReader): boolean {
    const { snapshot } = this.#dependencies.servingFor(reader.instanceId)
    const sent = reader.offer(snapshot)
    const { snapshotsSent, deltasSent } = this.#dependencies.metrics
    if (sent === 'snapshot') snapshotsSent.inc()
    if (sent === 'delta') deltasSent.inc()
    return sent !== undefined
  }

  // A change during a delivery starts it again; readers that have the newest already are skipped.
  #deliver(): void {
    const running = this.#delivery !== undefined
    this.#delivery = this.#readers.values()
    if (!running) this.#deliverSome()
  }

  #deliverSome(): void {
    for (let count = 0; count < READERS_PER_TURN; count++) {
      const next = this.#delivery?.next()
      if (next === undefined || next.done === true) {
        this.#delivery = undefined
        return
      }
      this.#offer(next.value)
    }
    setImmediate(() => this.#deliverSome())
  }

  async #beat(): Promise<void> {
    if (this.#isBeating) return
    this.#isBeating = true
    const nowMs = this.#dependencies.nowMs()
    const goodbye = goodbyeEventBytes({
      reason: 'expired',
      reconnectAfterMs: RECONNECT_AFTER_EXPIRY_MS,
    })
    const heartbeats = new Map<string, EventBytes>()
    await this.#visitReaders((reader) => {
      if (nowMs >= reader.expiresAtMs) {
        this.#end(reader, 'expired', goodbye)
        return
      }
      const heartbeat = heartbeatOf(this.#dependencies.servingFor(reader.instanceId))
      const key = JSON.stringify(heartbeat)
      const bytes = heartbeats.get(key) ?? heartbeatEventBytes(heartbeat)
      heartbeats.set(key, bytes)
      reader.beat(bytes)
    })
    this.#isBeating = false
  }

  async #visitReaders(visit: (reader: StreamReader) => void): Promise<void> {
    let count = 0
    for (const reader of this.#readers) {
      visit(reader)
      count += 1
      if (count % READERS_PER_TURN === 0) await nextTurn()
    }
  }

  #end(reader: StreamReader, reason: CutReason, goodbye: EventBytes): void {
    this.#readers.delete(reader)
    this.#dependencies.metrics.readersCut.inc({ reason })
    reader.end(goodbye)
  }

  #cut(reader: StreamReader, reason: CutReason): void {
    this.#dependencies.metrics.readersCut.inc({ reason })
    reader.cut()
  }

  #expiryMs(): number {
    const { nowMs, random } = this.#dependencies
    return nowMs() + this.#options.maxAgeMs * (0.8 + 0.4 * random())
  }
}

function heartbeatOf({ snapshot, held }: Serving): Heartbeat {
  return {
    ...(snapshot !== undefined && { head: formatSnapshotVersion(snapshot) }),
    ...(held && { held }),
  }
}
