// One instance of the fleet: an agent process that only routes with router-client. It ends when the demo
// stops it or is gone.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRouter, httpSnapshots, postgresOutcomes } from '@winrate/router-client'
import { replayOrder } from '../replay/replay-order.ts'
import {
  type InstanceJob,
  type InstanceReply,
  instanceJobSchema,
  replayStartSchema,
} from './instance-protocol.ts'
import { replayQueries } from './replay-queries.ts'

const READY_TIMEOUT_MS = 10_000
const FLUSH_TIMEOUT_MS = 60_000
const PROGRESS_INTERVAL_MS = 50

process.on('disconnect', () => process.exit(0))

try {
  const [job] = await once(process, 'message')
  await runInstance(instanceJobSchema.parse(job))
} catch (error) {
  reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
}

async function runInstance(job: InstanceJob): Promise<void> {
  const router = createRouter({
    snapshots: httpSnapshots({ url: job.workerUrl }),
    outcomes: postgresOutcomes({ connectionString: job.connectionString }),
    instanceId: job.instanceId,
    seed: job.seed,
    buffer: { flushIntervalMs: job.flushIntervalMs },
  })
  await router.ready({ timeoutMs: READY_TIMEOUT_MS })
  const started = once(process, 'message')
  reply({ kind: 'ready' })
  const [message] = await started
  const { durationMs } = replayStartSchema.parse(message)
  const { queries } = job
  const startMs = performance.now()
  let reportedMs = 0
  const replay = await replayQueries({
    router,
    queries,
    order: replayOrder({ ...job, queries: queries.length, limit: job.limit }),
    durationMs,
    elapsedMs: () => performance.now() - startMs,
    waitMs: sleep,
    nowNs: process.hrtime.bigint,
    onDecision(decisions) {
      const elapsedMs = performance.now() - startMs
      if (elapsedMs - reportedMs < PROGRESS_INTERVAL_MS) return
      reportedMs = elapsedMs
      reply({ kind: 'progress', decisions })
    },
  })
  await router.close({ timeoutMs: FLUSH_TIMEOUT_MS })
  reply({ kind: 'done', ...replay, dropped: { ...router.status().outcomes.dropped } })
}

function reply(message: InstanceReply): void {
  process.send?.(message)
}
