// Divides the work of requests among turns of the event loop. Guarantee: a turn does at most its share and the
// piece of work that goes over it; everything else waits for later turns, in the order in which it came. So
// timers and other connections are served in between, however much arrives at once.

/** About the cost of one small request. */
const UNITS_PER_TURN = 64

/** Bytes of JSON whose parsing costs one unit. */
const BYTES_PER_UNIT = 4_096

export type Turns = ReturnType<typeof createTurns>

export function createTurns(unitsPerTurn = UNITS_PER_TURN) {
  const waiting = new Set<() => void>()
  let left = unitsPerTurn
  let isScheduled = false
  let isServing = false

  function beginTurn(): void {
    isScheduled = false
    left = unitsPerTurn
    isServing = true
    for (const run of waiting) {
      if (left <= 0) break
      waiting.delete(run)
      run()
    }
    isServing = false
    if (waiting.size > 0) schedule()
  }

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    setImmediate(beginTurn)
  }

  /** Whether this turn may do more. What waits already goes first. */
  const hasShare = () => left > 0 && (isServing || waiting.size === 0)

  /** Counts work that is done in this turn. */
  function spend(units: number): void {
    left -= units
    schedule()
  }

  /** Calls back in the next turn that has a share for it. */
  function defer(run: () => void): void {
    waiting.add(run)
    schedule()
  }

  return {
    hasShare,
    spend,
    defer,
    /** Runs work in the first turn that has a share for it: at once, if this one has. */
    run(units: number, work: () => void): void {
      const start = () => {
        spend(units)
        work()
      }
      if (hasShare()) start()
      else defer(start)
    },
    /** What it costs to parse or write as much JSON. */
    unitsOf: (bytes: number) => Math.ceil(bytes / BYTES_PER_UNIT),
    /** As much as a whole turn: for work of unknown, large cost. */
    wholeTurn: unitsPerTurn,
  }
}
