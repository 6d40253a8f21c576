// One connected reader. Guarantee: never more than one snapshot waits for it. While its socket has not
// drained it is sent nothing, then what is newest; who takes too long to drain is cut.
import type { ServerResponse } from 'node:http'
import { type SnapshotVersion, supersedes } from '@winrate/shared-schema/contracts'
import type { ServedSnapshot } from './served-snapshot.ts'
import { snapshotEventBytes } from './stream-event-bytes.ts'

export interface StreamReaderDependencies {
  readonly response: ServerResponse
  readonly instanceId: string | undefined
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
  #ended = false

  constructor(dependencies: StreamReaderDependencies) {
    this.#dependencies = dependencies
    this.instanceId = dependencies.instanceId
    this.expiresAtMs = dependencies.expiresAtMs
    this.#has = dependencies.has
    dependencies.response.on('drain', () => this.#drained())
  }

  /** Sends the snapshot if the reader has none or an older one, and can take it; whether it was sent. */
  offer(snapshot: ServedSnapshot | undefined): boolean {
    if (snapshot === undefined || !supersedes(snapshot, this.#has)) return false
    if (this.#ended || this.#drainTimer !== undefined) return false
    this.#has = { epoch: snapshot.epoch, version: snapshot.version }
    this.#write(snapshotEventBytes(snapshot))
    return true
  }

  /** Sends a heartbeat, unless something still waits to be sent. */
  beat(heartbeat: Buffer): void {
    if (!this.#ended && this.#dependencies.response.writableLength === 0) this.#write(heartbeat)
  }

  /** Sends a last event and ends the stream; cuts it where an earlier event still waits. */
  end(goodbye: Buffer): void {
    const { response, drainTimeoutMs } = this.#dependencies
    this.#ended = true
    if (this.#drainTimer !== undefined) {
      this.cut()
      return
    }
    this.#drainTimer = setTimeout(() => this.cut(), drainTimeoutMs)
    response.end(goodbye)
  }

  /** Ends the connection at once. */
  cut(): void {
    this.release()
    this.#dependencies.response.destroy()
  }

  /** Lets go of the timer, when the connection is gone. */
  release(): void {
    clearTimeout(this.#drainTimer)
    this.#drainTimer = undefined
  }

  #write(event: Buffer): void {
    const { response, drainTimeoutMs, onTooSlow } = this.#dependencies
    if (response.write(event)) return
    this.#drainTimer = setTimeout(onTooSlow, drainTimeoutMs)
  }

  #drained(): void {
    if (this.#ended) return
    this.release()
    this.#dependencies.onDrained()
  }
}
