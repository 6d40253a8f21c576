/** Sends what is left when the process has nothing more to do. */
type ExitFlush = () => Promise<unknown>

const flushes = new Set<ExitFlush>()

/**
 * Registers a flush for `beforeExit` and returns its removal. One listener serves all routers of the
 * process, and none stays when the last is gone. Each flush runs once: an outage must not hold up the
 * exit again and again.
 */
export function onExit(flush: ExitFlush): () => void {
  if (flushes.size === 0) process.on('beforeExit', flushAll)
  flushes.add(flush)
  return () => {
    flushes.delete(flush)
    if (flushes.size === 0) process.off('beforeExit', flushAll)
  }
}

function flushAll(): void {
  process.off('beforeExit', flushAll)
  const all = [...flushes]
  flushes.clear()
  for (const flush of all) flush().catch(() => undefined)
}
