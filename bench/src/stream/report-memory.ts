// Loaded into the worker before its own code: reports how much memory the worker holds after a collection. The
// worker stops when the benchmark is gone.
import { serveRequests } from '../measuring/serve-requests.ts'

serveRequests({
  memory() {
    globalThis.gc?.()
    return process.memoryUsage().rss
  },
})
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref()
