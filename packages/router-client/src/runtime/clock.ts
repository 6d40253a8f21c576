/** A pending timer. */
export interface Timer {
  /** Stops the timer. Does nothing when it has fired or was cancelled. */
  cancel(): void
}

/** Time as the router sees it. Tests replace it with `manualClock`. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /**
   * Calls back once after `delayMs`. A background timer (the default) never keeps the process alive. One
   * that a caller awaits must, or Node would exit with the promise unsettled.
   */
  setTimer(delayMs: number, callback: () => void, options?: { readonly keepAlive?: boolean }): Timer
}

/** Node turns longer delays into 1 ms. */
export const MAX_TIMER_MS = 2_147_483_647

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(delayMs, callback, { keepAlive = false } = {}) {
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), MAX_TIMER_MS))
    if (!keepAlive) timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
}

/**
 * Settles with the promise, or with undefined when `timeoutMs` pass first. Leaves no timer behind. The process
 * waits for it, unless `keepAlive` is false.
 */
export async function withDeadline<T>(
  promise: Promise<T>,
  deadline: {
    readonly clock: Clock
    readonly timeoutMs: number
    readonly keepAlive?: boolean | undefined
  },
): Promise<T | undefined> {
  const { clock, timeoutMs, keepAlive = true } = deadline
  let timer: Timer | undefined
  const passed = new Promise<undefined>((resolve) => {
    timer = clock.setTimer(timeoutMs, () => resolve(undefined), { keepAlive })
  })
  try {
    return await Promise.race([promise, passed])
  } finally {
    timer?.cancel()
  }
}

/** Resolves after `delayMs` in the background, or as soon as the signal aborts. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const finish = () => {
      timer.cancel()
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const timer = clock.setTimer(delayMs, finish)
    signal.addEventListener('abort', finish)
  })
}

/** An AbortSignal, in a project whose `lib` or `types` know one. */
export type Signal = typeof globalThis extends {
  readonly AbortSignal: { readonly prototype: infer Of }
}
  ? Of
  : unknown

/** Settles as the promise does, or rejects with the signal's reason when that aborts first. Leaves no listener behind. */
export function abortable<Value>(promise: PromiseLike<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
    const settle = () => signal.removeEventListener('abort', abort)
    if (signal.aborted) abort()
    promise.then(
      (value) => {
        settle()
        resolve(value)
      },
      (error: unknown) => {
        settle()
        reject(error)
      },
    )
  })
}
