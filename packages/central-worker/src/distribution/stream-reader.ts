// One connected reader. Guarantee: never more than one snapshot waits for it. While its socket has not drained
// it is sent nothing, then the newest snapshot; a reader that takes too long to drain is cut.
import type { ServerResponse } from 'node:http'
import {
  parseSnapshotVersion,
  type SnapshotVersion,
  supersedes,
} from '@winrate/shared-schema/contracts'
import type { ServedSnapshot } from './served-head.ts'
import { type EventBytes, gzipStreamHeader, type StreamCoding } from './stream-event-bytes.ts'

export interface OpenStream {
  readonly response: ServerResponse
  readonly instanceId: string | undefined
  /** What the reader has already, as `epoch:version`. */
  readonly lastEventId: string | undefined
  readonly coding: StreamCoding
  /** Whether the reader can apply deltas. */
  readonly takesDeltas: boolean
}

export interface StreamReaderOptions {
  /** When the stream is ended for its age. */
  readonly expiresAtMs: number
  readonly drainTimeoutMs: number
  readonly onDrained: () => void
  readonly onTooSlow: () => void
}

export class StreamReader {
  readonly instanceId: string | undefined
  readonly expiresAtMs: number
  readonly #stream: OpenStream
  readonly #options: StreamReaderOptions
  #has: SnapshotVersion | undefined
  #drainTimer: NodeJS.Timeout | undefined
  #begun = false
  #ended = false

  constructor(stream: OpenStream, options: StreamReaderOptions) {
    this.#stream = stream
    this.#options = options
    this.instanceId = stream.instanceId
    this.expiresAtMs = options.expiresAtMs
    this.#has = parseSnapshotVersion(stream.lastEventId)
    stream.response.on('drain', () => this.#drained())
  }

  /**
   * Sends the snapshot if the reader has none or an older one and its socket has drained: as a delta if the
   * reader has its base. Returns what was sent.
   */
  offer(snapshot: ServedSnapshot | undefined): 'snapshot' | 'delta' | undefined {
    if (snapshot === undefined || !supersedes(snapshot, this.#has)) return undefined
    if (this.#ended || this.#drainTimer !== undefined) return undefined
    const delta = this.#fits(snapshot) ? snapshot.delta : undefined
    this.#has = { epoch: snapshot.epoch, version: snapshot.version }
    this.#write((delta ?? snapshot).event)
    return delta === undefined ? 'snapshot' : 'delta'
  }

  /** Sends a heartbeat, unless something is still waiting to be sent. */
  beat(heartbeat: EventBytes): void {
    if (!this.#ended && this.#stream.response.writableLength === 0) this.#write(heartbeat)
  }

  /** Sends a last event and ends the stream; cuts it if an earlier event is still waiting. */
  end(goodbye: EventBytes): void {
    const { response, coding } = this.#stream
    this.#ended = true
    if (this.#drainTimer !== undefined) {
      this.cut()
      return
    }
    this.#drainTimer = setTimeout(() => this.cut(), this.#options.drainTimeoutMs)
    response.end(goodbye[coding])
  }

  /** Ends the connection at once. */
  cut(): void {
    this.release()
    this.#stream.response.destroy()
  }

  /** Clears the timer, when the connection is gone. */
  release(): void {
    clearTimeout(this.#drainTimer)
    this.#drainTimer = undefined
  }

  #fits({ epoch, delta }: ServedSnapshot): boolean {
    const has = this.#has
    if (has === undefined || delta === undefined || !this.#stream.takesDeltas) return false
    return has.epoch === epoch && has.version === delta.base
  }

  #write(event: EventBytes): void {
    const { response, coding } = this.#stream
    if (!this.#begun && coding === 'gzip') response.write(gzipStreamHeader)
    this.#begun = true
    if (response.write(event[coding])) return
    this.#drainTimer = setTimeout(this.#options.onTooSlow, this.#options.drainTimeoutMs)
  }

  #drained(): void {
    if (this.#ended) return
    this.release()
    this.#options.onDrained()
  }
}
