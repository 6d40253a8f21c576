import type { FlushResult } from './outcome-sender.ts'

/** Sends what is left when the process has nothing more to do. */
type ExitFlush = () => Promise<Pick<FlushResult, 'status'>>

const flushes = new Set<ExitFlush>()

/**
 * Registers a flush for `beforeExit` and returns its removal. One listener serves all routers of the
 * process, and none stays when the last is gone. A process may find more to do at its exit, so a flush
 * that sent everything runs at the next exit again; one that could not is not tried any more, as an
 * outage must not hold up the exit again and again.
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
