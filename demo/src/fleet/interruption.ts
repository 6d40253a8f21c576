const signals = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const

/** By the custom of shells, 128 and the signal's number. */
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** Ctrl-C and its kind, for a run that cleans up before it ends. */
export interface Interruption {
  /** Aborted by the first of the signals; further ones change nothing. */
  readonly signal: AbortSignal
  /** Rejects when `signal` is aborted; never resolves. */
  readonly rejected: Promise<never>
  /** What a process that was ended so exits with; undefined while it was not. */
  exitCode(): number | undefined
  /** Ends the run as a signal would. */
  interrupt(exitCode: number): void
  /** Leaves the signals to Node again. */
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
