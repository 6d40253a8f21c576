// How long outcomes take from the queue to the fleet: the promise is an aggregation interval and 5 s at the 95th percentile.
//   Measured from the time that the queue gave a message to the moment at which this replica serves the first snapshot whose tick
// counted it. Each replica measures the messages that it stored itself, so the sums over all replicas are right, whichever ticks.
//   A tick counts what was committed before it began, and its snapshot says when that was, by the database's clock. So the
// database's clock alone tells which snapshot counts a message, and this process' own clock how long that took.

export interface OutcomeLagDependencies {
  /** The database's clock, in milliseconds. */
  readonly readDatabaseMs: () => Promise<number>
  /** A clock of this process that never goes back. */
  readonly nowMs: () => number
  /** Takes the seconds that one message took. */
  readonly observe: (seconds: number) => void
}

/** What was stored by one statement. */
interface Stored {
  /** By the database's clock, after the commit. */
  readonly storedAtMs: number
  /** Messages by the time that the queue got them, by the clock of this process. */
  readonly messages: readonly (readonly [enqueuedMs: number, messages: number])[]
}

/** The part of a snapshot that tells what it counts. */
export interface ServedVersion {
  readonly createdAt: string
  /** Set where it repeats a pinned one, which counts nothing new. */
  readonly pinnedFrom?: number | undefined
}

/** A minute of a busy replica has about 600. Without ticks, the rest goes unmeasured. */
const MOST_STATEMENTS = 50_000

export function createOutcomeLag({ readDatabaseMs, nowMs, observe }: OutcomeLagDependencies) {
  const waiting = new Set<Stored>()
  let countedUntilMs = Number.NEGATIVE_INFINITY
  let isPinned = false

  function tell({ messages }: Stored): void {
    if (isPinned) return
    for (const [enqueuedMs, count] of messages) {
      const seconds = Math.max(0, nowMs() - enqueuedMs) / 1_000
      for (let told = 0; told < count; told += 1) observe(seconds)
    }
  }

  return {
    /** Messages that this replica has stored and committed, by the seconds that they waited. */
    async noteStored(waited: Readonly<Record<string, number>>): Promise<void> {
      const atMs = nowMs()
      const messages = Object.entries(waited).map(
        ([seconds, count]) => [atMs - Number(seconds) * 1_000, count] as const,
      )
      if (messages.length === 0) return
      const stored = { storedAtMs: await readDatabaseMs(), messages }
      // Its snapshot may have overtaken the database's answer.
      if (stored.storedAtMs < countedUntilMs) tell(stored)
      else if (waiting.size < MOST_STATEMENTS) waiting.add(stored)
    },
    /** This replica serves a newer snapshot. While one is pinned, what is counted reaches nobody and is not measured. */
    noteServed({ createdAt, pinnedFrom }: ServedVersion): void {
      countedUntilMs = Date.parse(createdAt)
      isPinned = pinnedFrom !== undefined
      for (const stored of waiting) {
        if (stored.storedAtMs >= countedUntilMs) continue
        waiting.delete(stored)
        tell(stored)
      }
    },
  }
}
