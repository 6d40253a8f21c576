// Loaded into the worker before its own code: says how much memory it holds after a collection. When
// the benchmark is gone the worker stops.
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
