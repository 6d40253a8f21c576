// One connected reader. Guarantee: never more than one snapshot waits for it. While its socket has not drained
// it is sent nothing, then the newest snapshot; a reader that takes too long to drain is cut.
import type { ServerResponse } from 'node:http'
import { type SnapshotVersion, supersedes } from '@winrate/shared-schema/contracts'
import type { ServedSnapshot } from './served-head.ts'
import { type EventBytes, gzipStreamHeader, type StreamCoding } from './stream-event-bytes.ts'

export interface StreamReaderDependencies {
  readonly response: ServerResponse
  readonly instanceId: string | undefined
  readonly coding: StreamCoding
  readonly takesDeltas: boolean
  /** What the reader has already. */
  readonly has: SnapshotVersion | undefined
  /** When the stream is ended for its age. */
  readonly expiresAtMs: number
  readonly drainTimeoutMs: number
  readonly onDrained: () => void
  readonly onTooSlow: () => void
}

export class StreamReader {
  readonly instanceId: string | undefined
  readonly expiresAtMs: number
  readonly #dependencies: StreamReaderDependencies
  #has: SnapshotVersion | undefined
  #drainTimer: NodeJS.Timeout | undefined
  #begun = false
  #ended = false

  constructor(dependencies: StreamReaderDependencies) {
    this.#dependencies = dependencies
    this.instanceId = dependencies.instanceId
    this.expiresAtMs = dependencies.expiresAtMs
    this.#has = dependencies.has
    dependencies.response.on('drain', () => this.#drained())
  }

  /**
   * Sends the snapshot if the reader has none or an older one and its socket has drained: as a delta if the
   * reader has its base. Answers what was sent.
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
    if (!this.#ended && this.#dependencies.response.writableLength === 0) this.#write(heartbeat)
  }

  /** Sends a last event and ends the stream; cuts it if an earlier event is still waiting. */
  end(goodbye: EventBytes): void {
    const { response, coding, drainTimeoutMs } = this.#dependencies
    this.#ended = true
    if (this.#drainTimer !== undefined) {
      this.cut()
      return
    }
    this.#drainTimer = setTimeout(() => this.cut(), drainTimeoutMs)
    response.end(goodbye[coding])
  }

  /** Ends the connection at once. */
  cut(): void {
    this.release()
    this.#dependencies.response.destroy()
  }

  /** Clears the timer, when the connection is gone. */
  release(): void {
    clearTimeout(this.#drainTimer)
    this.#drainTimer = undefined
  }

  #fits({ epoch, delta }: ServedSnapshot): boolean {
    const has = this.#has
    if (has === undefined || delta === undefined || !this.#dependencies.takesDeltas) return false
    return has.epoch === epoch && has.version === delta.base
  }

  #write(event: EventBytes): void {
    const { response, coding, drainTimeoutMs, onTooSlow } = this.#dependencies
    if (!this.#begun && coding === 'gzip') response.write(gzipStreamHeader)
    this.#begun = true
    if (response.write(event[coding])) return
    this.#drainTimer = setTimeout(onTooSlow, drainTimeoutMs)
  }

  #drained(): void {
    if (this.#ended) return
    this.release()
    this.#dependencies.onDrained()
  }
}
