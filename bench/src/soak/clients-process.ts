// A process of clients that come and go: each is a router of its own, with its own connections, and closes after its time; then
// another takes its place. Every tenth sends to Postgres and pulls snapshots from there, the others speak HTTP. The process ends
// when its parent is gone.
import { setTimeout as sleep } from 'node:timers/promises'
import {
  createRouter,
  httpOutcomes,
  httpSnapshots,
  postgresOutcomes,
  postgresSnapshots,
  type Router,
} from '@winrate/router-client'
import { builtInTaskTypes } from '@winrate/shared-schema/contracts'
import type { z } from 'zod'
import { endWithParent, handle, serveRequests } from '../measuring/serve-requests.ts'
import {
  type Account,
  type ClientsJob,
  clientsJobSchema,
  type heldSchema,
} from './soak-protocol.ts'

const TURN_MS = 50
const CLOSE_TIMEOUT_MS = 60_000
/** A place has so many names in turn, so clients come back, and instances do not grow without end. */
const NAMES_OF_A_PLACE = 2
const EACH_BY_POSTGRES = 10
const TASK_TYPES_OF_A_CLIENT = 2
const MODELS = 5
const OUTCOMES_PER_DECISION = 4
const PROMPT = 'Name the parts of a queue.'

const total = { recorded: 0, sent: 0, dropped: 0, lives: 0 }
/** The clients that are there, with the number of their place. */
const present = new Map<number, Router>()

endWithParent()
serveRequests({ run: handle(clientsJobSchema, run), collect })

/** Replies when the last client has closed. */
async function run(job: ClientsJob): Promise<Account> {
  const untilMs = performance.now() + job.durationMs
  const places = Array.from({ length: job.clients }, (_, place) => comeAndGo(job, place, untilMs))
  await recordSteadily(job, untilMs)
  await Promise.all(places)
  const { user, system } = process.cpuUsage()
  return { ...total, cpuSeconds: (user + system) / 1e6 }
}

/** Node runs with `--expose-gc`. */
function collect(): z.infer<typeof heldSchema> {
  if (globalThis.gc === undefined) throw new Error('this process cannot collect its garbage')
  globalThis.gc()
  return { heapMiB: process.memoryUsage().heapUsed / 2 ** 20 }
}

async function comeAndGo(job: ClientsJob, place: number, untilMs: number): Promise<void> {
  // From half to one and a half times the mean, so that the places do not move in step.
  const lifeMs = job.lifeMs * (0.5 + ((place * 37 + job.process * 11) % 100) / 100)
  for (let life = 0; performance.now() < untilMs; life += 1) {
    const router = startClient(job, place, life)
    await router.ready()
    present.set(place, router)
    await sleep(Math.min(lifeMs, untilMs - performance.now()))
    present.delete(place)
    await router.close({ timeoutMs: CLOSE_TIMEOUT_MS })
    addUp(router)
  }
}

function startClient(
  { connectionString, workerUrl, process }: ClientsJob,
  place: number,
  life: number,
) {
  const byPostgres = place % EACH_BY_POSTGRES === 0
  return createRouter({
    snapshots: byPostgres
      ? postgresSnapshots({ connectionString })
      : httpSnapshots({ url: workerUrl }),
    outcomes: byPostgres
      ? postgresOutcomes({ connectionString })
      : httpOutcomes({ url: workerUrl }),
    instanceId: `agent-${process}-${place}-${life % NAMES_OF_A_PLACE}`,
    models: Array.from({ length: MODELS }, (_, model) => `model-${model}`),
  })
}

function addUp(router: Router): void {
  const { recorded, sent, dropped } = router.status().outcomes
  total.lives += 1
  total.recorded += recorded
  total.sent += sent
  for (const count of Object.values(dropped)) total.dropped += count
}

/** Follows the clock: the next turn records what a late timer has missed, at the clients that are there. */
async function recordSteadily(job: ClientsJob, untilMs: number): Promise<void> {
  const startMs = performance.now()
  for (let recorded = 0; performance.now() < untilMs; await sleep(TURN_MS)) {
    const due = Math.floor(((performance.now() - startMs) / 1_000) * job.outcomesPerSecond)
    const clients = [...present]
    if (clients.length === 0) continue
    for (; recorded < due; recorded += 1) {
      const [place, router] = clients[recorded % clients.length] ?? []
      if (place !== undefined && router !== undefined) recordOne(router, place, recorded)
    }
  }
}

function recordOne(router: Router, place: number, number: number): void {
  const at = place + (number % TASK_TYPES_OF_A_CLIENT)
  const taskType = builtInTaskTypes[at % builtInTaskTypes.length] ?? ''
  const model = (number * 31) % MODELS
  const facts = {
    success: (number * 7919) % 60 >= 10 + 5 * model,
    qualityScore: 0.5 + (number % 50) / 100,
    responseTimeMs: 500 + (number % 3000),
    costUsd: 0.01,
  }
  if (number % OUTCOMES_PER_DECISION > 0) {
    router.recordPreference({ taskType, model: `model-${model}`, prompt: PROMPT, ...facts })
  } else {
    router.recordPreference({ decisionId: router.route(PROMPT, taskType).decisionId, ...facts })
  }
}
