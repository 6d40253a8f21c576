// Loaded into the worker before its own code: reports how much memory the worker holds after a collection. The
// worker stops when the benchmark is gone.
import { serveRequests } from './process-requests.ts'

serveRequests({
  memory() {
    globalThis.gc?.()
    const { rss, heapUsed, external } = process.memoryUsage()
    return [rss, heapUsed, external]
  },
})
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref()
