// The shape of every long-lived part of the worker, and the loop that most of them run.
import { setTimeout as sleep } from 'node:timers/promises'

/** A long-lived part. `start` and `stop` are idempotent; `stop` drains. */
export interface Service {
  start(): Promise<void>
  stop(): Promise<void>
}

export interface LoopService<Result> extends Service {
  /** Runs one turn. Its result decides the next wait, is logged, and is what tests assert. */
  runOnce(): Promise<Result>
  /** Ends the current wait because there may be work. */
  wake(): void
}

export interface LoopOptions<Result> {
  readonly runOnce: () => Promise<Result>
  /** How long to wait after a turn. */
  readonly waitMs: (result: Result) => number
  /**
   * Decides how long to wait after a failed turn, at least a moment. An error that it throws ends the loop and goes
   * to `onCrash`.
   */
  readonly onError: (error: unknown, consecutiveFailures: number) => number
  /** Called when an error has ended the loop. */
  readonly onCrash: (error: unknown) => void
}

/** The shortest pause after a failed turn. */
const SHORTEST_PAUSE_MS = 50

/** Runs turns one after another until stopped; `stop` waits for the current turn. */
export function createLoop<Result>(options: LoopOptions<Result>): LoopService<Result> {
  let stopping: AbortController | undefined
  let running: Promise<void> | undefined
  let waiting = new AbortController()

  async function run(signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      // Created before the turn, so that a wake during the turn is not missed.
      waiting = new AbortController()
      let delayMs: number
      try {
        delayMs = options.waitMs(await options.runOnce())
        failures = 0
      } catch (error) {
        failures += 1
        delayMs = options.onError(error, failures)
        // An error that comes at once would keep the process busy; so would a wait that is no number.
        if (!(delayMs >= SHORTEST_PAUSE_MS)) delayMs = SHORTEST_PAUSE_MS
      }
      if (delayMs > 0) await pause(delayMs, AbortSignal.any([signal, waiting.signal]))
    }
  }

  return {
    runOnce: options.runOnce,
    wake: () => waiting.abort(),
    async start() {
      if (running !== undefined) return
      stopping = new AbortController()
      running = run(stopping.signal).catch(options.onCrash)
    },
    async stop() {
      stopping?.abort()
      await running
      running = undefined
    },
  }
}

/** Exponential with a ceiling: 1st failure `baseMs`, then doubled. */
export function backoffMs(failures: number, baseMs = 100, ceilingMs = 10_000): number {
  return Math.min(ceilingMs, baseMs * 2 ** Math.min(failures - 1, 20))
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {})
}
