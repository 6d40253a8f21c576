// One outcome of this instance: whether it counts here, beside the snapshot in use.
//   It is `shown` (it counts), `hidden` (not for now) or `gone` (never again). Until a send begins, no
// snapshot contains it. Sends run one after another, or several at a time when it was recorded twice or
// corrected. A send ends in one of four ways:
//   - sent, with the id of the queue message: a snapshot with a watermark above that id contains it, so it
//     leaves with that snapshot.
//   - sent without an id, or unconfirmed: the next snapshot may contain it, so it leaves with the next one.
//   - returned: the queue did not store it. It waits for the next send.
//   - dropped: no snapshot will ever contain it. It did happen here, so it counts until the next snapshot.
//   A snapshot that is applied during a send may contain it or not: it is hidden until that send ends.
//   When message ids restart (another epoch, or a watermark that went back), the ids of earlier sends mean
// nothing: every outcome that was sent leaves.
//   Guarantees: from the moment a snapshot may contain it, it is never shown again.

/** What one outcome says. */
export interface OwnResult {
  /** Where it is learned: for a later attempt a path of its own. */
  readonly taskType: string
  /** As `cell`, with the task type that the outcome names. */
  readonly asked: string
  /** Task type and candidate, by `cellKey`. */
  readonly cell: string
  /** 0 to 1. */
  readonly reward: number
  /** When it was observed, in milliseconds since 1970. */
  readonly atMs: number
}

/** The sums of what is shown. */
interface ShownSums {
  add(result: OwnResult): void
  remove(result: OwnResult): void
}

/** What matters of the snapshot in use. */
export interface OverlaySnapshot {
  /** Messages with a smaller id are in it. */
  watermark: number | undefined
  /** Message ids restarted: those from before it mean nothing. */
  idsRestarted: boolean
  /** Outcomes from before this time are outside its window, in milliseconds since 1970. */
  oldestMs: number
}

export class OwnOutcome {
  /** In small letters: of the outcome that later ones correct. */
  readonly id: string
  readonly #sums: ShownSums
  readonly #snapshot: Readonly<OverlaySnapshot>
  #result: OwnResult
  #state: 'shown' | 'hidden' | 'gone' = 'gone'
  /** No snapshot can count it, because it says nothing about the model: a transport failure, or an answer without a verdict. */
  isCountedNowhere = false
  /** Sends under way. */
  #sends = 0
  /** The smallest id of the messages that carry it. */
  #messageId = Number.POSITIVE_INFINITY
  #leavesNext = false

  constructor(id: string, sums: ShownSums, snapshot: Readonly<OverlaySnapshot>, result: OwnResult) {
    this.id = id
    this.#sums = sums
    this.#snapshot = snapshot
    this.#result = result
  }

  get result(): OwnResult {
    return this.#result
  }

  show(): void {
    this.#state = 'shown'
    this.#sums.add(this.#result)
  }

  /** For good. */
  leave(): void {
    this.#hide('gone')
  }

  /** A correction takes its place, and is counted wherever one of the two is. */
  correct(result: OwnResult): void {
    const isShown = this.#state === 'shown'
    if (isShown) this.#sums.remove(this.#result)
    this.#result = result
    if (isShown) this.#sums.add(result)
  }

  sending(): void {
    this.#sends += 1
  }

  sent(messageId: number | undefined): void {
    this.#sends -= 1
    if (!isMessageId(messageId)) {
      this.#leaveNext()
      return
    }
    this.#messageId = Math.min(this.#messageId, messageId)
    this.#decide()
  }

  unconfirmed(): void {
    this.#sends -= 1
    this.#leaveNext()
  }

  returned(): void {
    this.#sends -= 1
    this.#decide()
  }

  dropped(): void {
    this.#leaveNext()
  }

  snapshotApplied(): void {
    if (this.#state === 'gone') return
    const { watermark, idsRestarted, oldestMs } = this.#snapshot
    const wasSent = this.#sends > 0 || this.#messageId < Number.POSITIVE_INFINITY
    if (
      this.#leavesNext ||
      (wasSent && (idsRestarted || watermark === undefined)) ||
      this.#messageId < (watermark ?? 0) ||
      this.#result.atMs < oldestMs
    ) {
      this.leave()
    } else if (this.#sends > 0) this.#hide('hidden')
  }

  /** With the next snapshot; at once when one was applied since the send began. */
  #leaveNext(): void {
    this.#leavesNext = true
    if (this.#state === 'hidden') this.leave()
  }

  #decide(): void {
    if (this.#messageId < (this.#snapshot.watermark ?? 0)) this.#leaveNext()
    else if (this.#state === 'hidden' && this.#sends === 0) this.show()
  }

  #hide(state: 'hidden' | 'gone'): void {
    if (this.#state === 'shown') this.#sums.remove(this.#result)
    this.#state = state
  }
}

/** A sink of the user's own may answer anything. */
function isMessageId(value: number | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
