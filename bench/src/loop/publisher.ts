// A process of agents: several routers that record at a steady rate and report when they start to use a
// snapshot. Every 23rd outcome belongs to a fresh decision; the others are described. So a few routers can
// stand for a fleet and leave the processor to what is measured. The process ends when its parent is gone.
import { createRouter, httpSnapshots, postgresOutcomes, type Router } from '@winrate/router-client'
import { builtInTaskTypes } from '@winrate/shared-schema/contracts'
import { endWithParent, handle, serveRequests } from '../measuring/serve-requests.ts'
import { createBatchNotes } from './batch-notes.ts'
import { type PublisherJob, publisherJobSchema, type Recorded } from './publisher-protocol.ts'

const TURN_MS = 20
const READY_TIMEOUT_MS = 10_000
const FLUSH_TIMEOUT_MS = 60_000
const MODELS = 20
/** Shares no divisor with the numbers of routers and task types, so all routers decide for all task types. */
const OUTCOMES_PER_DECISION = 23
const PROMPT = 'Name the parts of a queue.'

const notes = createBatchNotes()
const appliedMs = new Map<number, number>()
let routers: readonly Router[] = []

endWithParent()
serveRequests({
  /** Replies when the routers have a snapshot or route by defaults. */
  prepare: handle(publisherJobSchema, prepare),
  /** Replies when every recorded outcome is in the queue or dropped. */
  record: handle(publisherJobSchema, record),
  applied: () => appliedMs,
})

async function prepare(job: PublisherJob): Promise<void> {
  routers = Array.from({ length: job.routers }, (_, at) =>
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
    router.on('snapshot', ({ version }) => appliedMs.set(version, Date.now()))
  }
}

async function record(job: PublisherJob): Promise<Recorded> {
  await recordSteadily(job)
  await Promise.all(routers.map((router) => router.flush({ timeoutMs: FLUSH_TIMEOUT_MS })))
  const outcomes = routers.map((router) => router.status().outcomes)
  return {
    recorded: outcomes.reduce((sum, { recorded }) => sum + recorded, 0),
    dropped: outcomes.flatMap(({ dropped }) => Object.values(dropped)).reduce(add, 0),
    batches: notes.read(),
  }
}

/** Follows the clock: the next turn records what a late timer has missed. */
function recordSteadily(job: PublisherJob): Promise<void> {
  const startMs = performance.now()
  let recorded = 0
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const elapsedMs = Math.min(performance.now() - startMs, job.durationMs)
      const due = Math.floor((elapsedMs / 1000) * job.outcomesPerSecond)
      for (; recorded < due; recorded += 1) recordOne(recorded)
      if (elapsedMs < job.durationMs) return
      clearInterval(timer)
      resolve()
    }, TURN_MS)
  })
}

function recordOne(number: number): void {
  const router = routers[number % routers.length]
  if (router === undefined) return
  const taskType = builtInTaskTypes[number % builtInTaskTypes.length] ?? ''
  const model = Math.floor(number / routers.length) % MODELS
  if (number % OUTCOMES_PER_DECISION > 0) {
    const described = { taskType, model: `model-${model}`, prompt: PROMPT }
    router.recordPreference({ ...described, ...factsOf(number, model) })
    return
  }
  const { decisionId, modelName } = router.route(PROMPT, taskType)
  const decided = Number(modelName.slice('model-'.length))
  router.recordPreference({ decisionId, ...factsOf(number, decided) })
}

/** At least a sixth of the calls fail; models with greater numbers fail more often. */
function factsOf(number: number, model: number) {
  return {
    success: (number * 7919) % 60 >= 10 + model,
    qualityScore: 0.5 + (number % 50) / 100,
    responseTimeMs: 500 + (number % 3000),
    costUsd: 0.01,
  }
}

function add(sum: number, value: number): number {
  return sum + value
}
