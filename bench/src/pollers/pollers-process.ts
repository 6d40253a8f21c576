// A process that polls as many clients do: each poll has its time, whether earlier ones are answered or not, and its duration counts
// from that time. The polls share kept connections. The process ends when its parent is gone.
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { endWithParent, handle, serveRequests } from '../measuring/serve-requests.ts'
import { quantile } from '../measuring/spread.ts'
import { type Polls, type PollsJob, pollsJobSchema } from './polls-protocol.ts'

const TURN_MS = 5
const CONNECTIONS = 128
const TIMEOUT_MS = 10_000

endWithParent()
serveRequests({ poll: handle(pollsJobSchema, pollSteadily) })

async function pollSteadily(job: PollsJob): Promise<Polls> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const answers: Record<string, number> = {}
  const durationsMs: number[] = []
  const pending = new Set<Promise<void>>()
  let bytes = 0
  const startMs = performance.now()
  const betweenMs = job.everyMs / job.pollers
  for (let polled = 0; polled * betweenMs < job.durationMs; await sleep(TURN_MS)) {
    const due = Math.min(job.durationMs, performance.now() - startMs) / betweenMs
    for (; polled < due; polled += 1) {
      const dueMs = startMs + polled * betweenMs
      const one = pollOnce(job, agent, polled % job.pollers).then((answer) => {
        durationsMs.push(performance.now() - dueMs)
        answers[answer.what] = (answers[answer.what] ?? 0) + 1
        bytes += answer.bytes
        pending.delete(one)
      })
      pending.add(one)
    }
  }
  await Promise.all(pending)
  agent.destroy()
  const sorted = Float64Array.from(durationsMs).sort()
  return {
    ...{ answers, bytes },
    p50Ms: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    p99Ms: quantile(sorted, 0.99),
  }
}

function pollOnce({ url, token, known }: PollsJob, agent: Agent, poller: number) {
  return new Promise<{ what: string; bytes: number }>((resolve) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'x-winrate-instance': `poller-${poller}`,
      'accept-encoding': 'gzip',
      'if-none-match': known,
    }
    const asked = request(
      `${url}/v1/snapshot`,
      { agent, headers, timeout: TIMEOUT_MS },
      (answer) => {
        let bytes = 0
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length
        })
        const cache = answer.headers['x-cache-status']
        const what = [answer.statusCode, cache].filter((part) => part !== undefined).join(' ')
        answer.on('end', () => resolve({ what, bytes }))
        answer.on('error', () => resolve({ what: 'cut off', bytes }))
      },
    )
    asked.on('timeout', () => asked.destroy(new Error('timeout')))
    asked.on('error', (error) => resolve({ what: error.message, bytes: 0 }))
    asked.end()
  })
}
