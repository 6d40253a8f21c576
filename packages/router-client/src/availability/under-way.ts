// Which calls of a model are under way, and whether it has stopped answering. A provider that hangs fails each call only
// at its time limit: half a minute of requests would still go there.

/** Calls of different requests that are overdue: one or two may be hard. */
const OVERDUE = 3
/** So many times the longest time that recent answers took is overdue. */
const PATIENCE = 3
const LEAST_PATIENCE_MS = 2_000
/** Before so many answers nobody knows what is usual. */
const ANSWERS_KNOWN = 5
/** The longest time counts so much less with each answer. */
const FADE = 0.99
/** Of a caller that never ends its calls. */
const MOST_WATCHED = 1_000

/** One attempt to call a model. */
export interface WatchedCall {
  /** The first output has come. */
  answered(): void
  /** There will be none. */
  end(): void
}

export class UnderWay {
  /** In the order of their beginning. */
  readonly #calls = new Map<object, { readonly begunMs: number; readonly whose: string }>()
  #answers = 0
  #longestMs = 0
  /** When the newest call began that was answered. */
  #answeredMs = Number.NEGATIVE_INFINITY

  get isEmpty(): boolean {
    return this.#calls.size === 0
  }

  /** @param whose One caller's calls count once, because what they ask may be what takes long. */
  begin(whose: string, nowMs: () => number): WatchedCall {
    const call = { begunMs: nowMs(), whose }
    this.#calls.set(call, call)
    const [oldest] = this.#calls.size > MOST_WATCHED ? this.#calls.keys() : []
    if (oldest !== undefined) this.#calls.delete(oldest)
    return {
      answered: () => {
        if (!this.#calls.delete(call)) return
        this.#answers += 1
        this.#longestMs = Math.max(FADE * this.#longestMs, nowMs() - call.begunMs)
        this.#answeredMs = Math.max(this.#answeredMs, call.begunMs)
      },
      end: () => this.#calls.delete(call),
    }
  }

  /** Whether several calls that began after the last answered one take far longer than answers do. */
  isUnanswered(nowMs: number): boolean {
    if (this.#answers < ANSWERS_KNOWN) return false
    const latestMs = nowMs - Math.max(LEAST_PATIENCE_MS, PATIENCE * this.#longestMs)
    const overdue = new Set<string>()
    for (const { begunMs, whose } of this.#calls.values()) {
      if (begunMs > latestMs || overdue.size === OVERDUE) break
      if (begunMs > this.#answeredMs) overdue.add(whose)
    }
    return overdue.size === OVERDUE
  }
}
