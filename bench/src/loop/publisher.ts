// A process of agents: several routers that decide and record at a steady rate, and say when a snapshot
// came into use. It ends when its parent is gone.
import { once } from 'node:events'
import { createRouter, httpSnapshots, postgresOutcomes, type Router } from '@winrate/router-client'
import { createBatchNotes } from './batch-notes.ts'
import { type PublisherJob, type PublisherReply, publisherJobSchema } from './publisher-protocol.ts'

const TURN_MS = 20
const READY_TIMEOUT_MS = 10_000
const FLUSH_TIMEOUT_MS = 60_000
const TASK_TYPES = [
  'architecture',
  'coding',
  'refactoring',
  'analysis',
  'research',
  'planning',
  'chat',
]
const MODELS = 20

process.on('disconnect', () => process.exit(0))

const [message] = await once(process, 'message')
await publish(publisherJobSchema.parse(message))

async function publish(job: PublisherJob): Promise<void> {
  const notes = createBatchNotes()
  const routers = Array.from({ length: job.routers }, (_, at) =>
    createRouter({
      snapshots: httpSnapshots({ url: job.workerUrl }),
      outcomes: notes.through(postgresOutcomes({ connectionString: job.connectionString })),
      instanceId: `agent-${job.publisher}-${at}`,
      models: Array.from({ length: MODELS }, (_, model) => `model-${model}`),
      seed: at,
      buffer: { capacity: 100_000 },
    }),
  )
  await Promise.all(routers.map((router) => router.ready({ timeoutMs: READY_TIMEOUT_MS })))
  for (const router of routers) {
    router.on('snapshot', ({ version }) => reply({ kind: 'applied', version, atMs: Date.now() }))
  }
  const started = once(process, 'message')
  reply({ kind: 'ready' })
  await started
  await recordSteadily(routers, job)
  await Promise.all(routers.map((router) => router.flush({ timeoutMs: FLUSH_TIMEOUT_MS })))
  const outcomes = routers.map((router) => router.status().outcomes)
  reply({
    kind: 'done',
    recorded: outcomes.reduce((sum, { recorded }) => sum + recorded, 0),
    dropped: outcomes.flatMap(({ dropped }) => Object.values(dropped)).reduce(add, 0),
    batches: notes.read(),
  })
  // The routers stay, to say when the last outcomes come back, until the parent ends this process.
}

/** Keeps up with the clock: what a late timer has missed is recorded in the next turn. */
function recordSteadily(routers: readonly Router[], job: PublisherJob): Promise<void> {
  const startMs = performance.now()
  let recorded = 0
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const elapsedMs = Math.min(performance.now() - startMs, job.durationMs)
      const due = Math.floor((elapsedMs / 1000) * job.outcomesPerSecond)
      for (; recorded < due; recorded += 1) recordOne(routers, recorded)
      if (elapsedMs < job.durationMs) return
      clearInterval(timer)
      resolve()
    }, TURN_MS)
  })
}

function recordOne(routers: readonly Router[], number: number): void {
  const router = routers[number % routers.length]
  const decision = router?.route(
    'Name the parts of a queue.',
    TASK_TYPES[number % TASK_TYPES.length] ?? '',
  )
  if (router === undefined || decision === undefined) return
  // A third fails, the more the greater the number of the model.
  const model = Number(decision.modelName.slice('model-'.length))
  router.recordPreference({
    decisionId: decision.decisionId,
    success: (number * 7919) % 60 >= 10 + model,
    qualityScore: 0.5 + (number % 50) / 100,
    responseTimeMs: 500 + (number % 3000),
    costUsd: 0.01,
  })
}

function add(sum: number, value: number): number {
  return sum + value
}

function reply(value: PublisherReply): void {
  process.send?.(value)
}
