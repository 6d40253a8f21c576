import type { FlushResult } from './outcome-sender.ts'

/** Sends what is left when the process has nothing else to do. */
type ExitFlush = () => Promise<Pick<FlushResult, 'status'>>

const flushes = new Set<ExitFlush>()

/**
 * Registers a flush for `beforeExit` and returns a function that removes it. One listener serves all
 * routers of the process; it goes with the last flush. A flush that sent everything runs again at the next
 * `beforeExit`, because the process may have recorded more. One that could not is removed: an outage
 * must not delay the exit again and again.
 */
export function onExit(flush: ExitFlush): () => void {
  if (flushes.size === 0) process.on('beforeExit', flushAll)
  flushes.add(flush)
  return () => remove(flush)
}

function remove(flush: ExitFlush): void {
  flushes.delete(flush)
  if (flushes.size === 0) process.off('beforeExit', flushAll)
}

function flushAll(): void {
  for (const flush of flushes) {
    flush().then(
      ({ status }) => status === 'flushed' || remove(flush),
      () => remove(flush),
    )
  }
}
