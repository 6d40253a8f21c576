import { type Cleanups, createCleanups } from './cleanups.ts'
import { watchInterruption } from './interruption.ts'

export interface RunContext {
  /** Steps that run after the run, whatever ends it. */
  readonly cleanups: Cleanups
  /** Aborted to end the run early. */
  readonly signal: AbortSignal
  /** Rejects when `signal` is aborted; never resolves. */
  readonly interrupted: Promise<never>
}

const EXIT_OUTPUT_GONE = 1

/**
 * Runs until the run ends or a signal interrupts it, then cleans up. Returns the exit code of the interruption,
 * undefined without one. Throws what a run throws that nothing interrupted.
 */
export async function runAndCleanUp(
  run: (context: RunContext) => Promise<void>,
): Promise<number | undefined> {
  const cleanups = createCleanups()
  const interruption = watchInterruption()
  const { signal, rejected: interrupted } = interruption
  // When a reader of the output goes away (as in a pipe to head), the run ends and cleans up as well.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => interruption.interrupt(EXIT_OUTPUT_GONE))
  }
  try {
    await Promise.race([run({ cleanups, signal, interrupted }), interrupted])
  } catch (error) {
    if (interruption.exitCode() === undefined) throw error
  } finally {
    await cleanups.run()
    interruption.stop()
  }
  return interruption.exitCode()
}
