// The loop of what counts in memory and writes it at intervals. Guarantees: an error ends nothing, and is tried again; when it stops, what was
// counted is written once more.
import { createLoop, type Service } from './service.ts'

/** @param write Keeps what it could not write, and throws. */
export function createRecorderService(write: () => Promise<void>, intervalMs: number): Service {
  let isFailing = false
  const loop = createLoop({
    runOnce: write,
    waitMs() {
      isFailing = false
      return intervalMs
    },
    onError() {
      isFailing = true
      return intervalMs
    },
    onCrash: () => {},
  })
  return {
    start: loop.start,
    async stop() {
      await loop.stop()
      // A database that is away would hold up the end of the process.
      if (!isFailing) await write().catch(() => {})
    },
  }
}
