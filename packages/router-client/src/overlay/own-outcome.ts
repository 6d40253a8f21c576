// One own outcome until a snapshot contains it. It waits; sends of it begin (one, or one after another
// when a result is unknown; several at a time when it was recorded twice or corrected); a send ends with
// the message's id, with "nobody knows", or with "not taken". From these it tells when it may be in a
// snapshot: from then on it is never shown again, so nothing is counted twice.
//   A snapshot that is applied contains it for certain when its watermark is above the message's id; may
// contain it after an unknown result, or without an id or a watermark to compare: it leaves. While a send
// is under way at that moment nobody can tell yet: it is hidden until the send ends. A line of ids that
// begins anew (another epoch, a watermark that went back) says nothing about earlier sends: it leaves.
import type { OwnResult } from './pending-cells.ts'

/** The sums that show outcomes. */
export interface OverlayView {
  add(result: OwnResult): void
  remove(result: OwnResult): void
}

/** What matters of the snapshot in use. */
export interface SnapshotInOverlay {
  /** Messages with a smaller id are in it. */
  watermark: number | undefined
  /** Ids from before it mean nothing any more. */
  beginsAnew: boolean
  /** Outcomes from before this time are in no window, in milliseconds since 1970. */
  oldestMs: number
}

export class OwnOutcome {
  readonly #view: OverlayView
  readonly #snapshot: Readonly<SnapshotInOverlay>
  #result: OwnResult
  #state: 'shown' | 'hidden' | 'gone' = 'gone'
  /** Sends under way. */
  #sending = 0
  /** The smallest id that a message with it was given. */
  #messageId = Number.POSITIVE_INFINITY
  /** Leaves at the next snapshot. */
  #isLeaving = false

  constructor(view: OverlayView, snapshot: Readonly<SnapshotInOverlay>, result: OwnResult) {
    this.#view = view
    this.#snapshot = snapshot
    this.#result = result
  }

  get result(): OwnResult {
    return this.#result
  }

  get isGone(): boolean {
    return this.#state === 'gone'
  }

  show(): void {
    this.#state = 'shown'
    this.#view.add(this.#result)
  }

  /** For good. */
  leave(): void {
    this.#hide('gone')
  }

  /** A correction takes its place, and is counted wherever one of the two is. */
  correct(result: OwnResult): void {
    const isShown = this.#state === 'shown'
    if (isShown) this.#view.remove(this.#result)
    this.#result = result
    if (isShown) this.#view.add(result)
  }

  began(): void {
    this.#sending += 1
  }

  sent(messageId: number | undefined): void {
    this.#sending -= 1
    if (!isMessageId(messageId)) {
      this.#leaveNext()
      return
    }
    this.#messageId = Math.min(this.#messageId, messageId)
    this.#decide()
  }

  uncertain(): void {
    this.#sending -= 1
    this.#leaveNext()
  }

  returned(): void {
    this.#sending -= 1
    this.#decide()
  }

  /** What the fleet will never see is true for this instance nevertheless, but not for ever. */
  lost(): void {
    this.#leaveNext()
  }

  snapshotApplied(): void {
    const { watermark, beginsAnew, oldestMs } = this.#snapshot
    const wasSent = this.#sending > 0 || this.#messageId < Number.POSITIVE_INFINITY
    if (
      this.#isLeaving ||
      (wasSent && (beginsAnew || watermark === undefined)) ||
      this.#messageId < (watermark ?? 0) ||
      this.#result.atMs < oldestMs
    ) {
      this.leave()
    } else if (this.#sending > 0) this.#hide('hidden')
  }

  /** At the next snapshot; at once when one was applied since the send began. */
  #leaveNext(): void {
    this.#isLeaving = true
    if (this.#state === 'hidden') this.leave()
  }

  #decide(): void {
    if (this.#messageId < (this.#snapshot.watermark ?? 0)) this.#leaveNext()
    else if (this.#state === 'hidden' && this.#sending === 0) this.show()
  }

  #hide(state: 'hidden' | 'gone'): void {
    if (this.#state === 'shown') this.#view.remove(this.#result)
    this.#state = state
  }
}

/** A sink of somebody's own may answer anything. */
function isMessageId(value: number | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
