const signals = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const

/** 128 plus the signal's number, as in shells. */
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** Handles Ctrl-C and similar signals for a run that cleans up before it ends. */
export interface Interruption {
  /** Aborted by the first signal; further signals change nothing. */
  readonly signal: AbortSignal
  /** Rejects when `signal` is aborted; never resolves. */
  readonly rejected: Promise<never>
  /** The exit code after an interruption; undefined without one. */
  exitCode(): number | undefined
  /** Ends the run as a signal would. */
  interrupt(exitCode: number): void
  /** Stops handling signals. */
  stop(): void
}

export function watchInterruption(): Interruption {
  const controller = new AbortController()
  let exitCode: number | undefined
  const interrupt = (code: number) => {
    exitCode ??= code
    controller.abort()
  }
  const onSignal = (name: (typeof signals)[number]) => interrupt(exitCodes[name])
  for (const name of signals) process.on(name, onSignal)
  const rejected = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason))
  })
  rejected.catch(() => {})
  return {
    signal: controller.signal,
    rejected,
    exitCode: () => exitCode,
    interrupt,
    stop() {
      for (const name of signals) process.off(name, onSignal)
    },
  }
}
