// A process that uses router-client as an agent would: it decides, records at a steady rate and follows the
// snapshots. It ends when its router is closed, or with its parent.
import { createInterface } from 'node:readline'
import { seededRandom } from '@winrate/demo/random/seeded-random'
import {
  createRouter,
  httpOutcomes,
  httpSnapshots,
  type OutcomeSink,
  postgresOutcomes,
  postgresSnapshots,
  type Router,
} from '@winrate/router-client'
import { builtInTaskTypes, uuidV7 } from '@winrate/shared-schema/contracts'
import type { AgentJob, AgentReport } from './agent-protocol.ts'
import { type Ledger, openLedger } from './ledger.ts'
import { between, pick } from './plan.ts'
import { makeSteadily } from './producer.ts'

const MODELS = Array.from({ length: 20 }, (_, model) => `model-${model}`)
const REPORT_MS = 200
const FLUSH_TIMEOUT_MS = 30_000
const PROMPT = 'Name the parts of a queue.'
/** Shares of all outcomes. */
const INVALID = 0.003
const CORRECTIONS = 0.01
const DECISIONS = 0.05

const job: AgentJob = JSON.parse(process.argv[2] ?? '')
const random = seededRandom(job.seed)
const ledger = openLedger(job.ledgerFile)
const { snapshots, outcomes } = connect()
const router = createRouter({
  snapshots,
  outcomes: job.isKilled ? notingAcknowledged(outcomes, ledger) : outcomes,
  instanceId: job.instanceId,
  models: MODELS,
  seed: job.seed,
  // What the faults of the run make it say is no difference; anything else on the standard error is.
  logger: false,
  buffer: { capacity: job.capacity, flushIntervalMs: 500 },
})
let flushed = false
let stepsBack = 0
let newest: { epoch: string; version: number } | undefined
let lastId: string | undefined

router.on('snapshot', ({ epoch, version }) => {
  if (newest?.epoch === epoch && version < newest.version) stepsBack += 1
  newest = { epoch, version }
})
const reporting = setInterval(report, REPORT_MS)
const commands = createInterface({ input: process.stdin })
commands.on('line', (line) => void obey(line))
// Without a parent nothing reads the reports.
commands.on('close', () => process.exit(0))
await router.ready()
await makeSteadily(job, (due) => {
  for (let made = 0; made < due; made += 1) recordOne(router)
})

function connect() {
  const { connectionString, url } = job
  return connectionString === undefined
    ? { snapshots: httpSnapshots({ url }), outcomes: httpOutcomes({ url }) }
    : {
        snapshots: postgresSnapshots({ connectionString, pollIntervalMs: 1_000 }),
        outcomes: postgresOutcomes({ connectionString }),
      }
}

function recordOne({ route, recordPreference }: Router): void {
  const outcomeId = uuidV7(Date.now())
  const draw = random()
  const facts = {
    outcomeId,
    ...(draw < INVALID ? {} : { success: random() < 0.7 }),
    // One that cannot be read is left out.
    qualityScore: draw < 2 * INVALID ? 7 : Math.round(random() * 100) / 100,
    responseTimeMs: between(random, 100, 5_000),
    costUsd: random() / 100,
    ...(random() < CORRECTIONS && lastId !== undefined ? { corrects: lastId } : {}),
  }
  const taskType = pick(builtInTaskTypes, between(random, 0, 100))
  const fate =
    random() < DECISIONS
      ? recordPreference({ decisionId: route(PROMPT, taskType).decisionId, ...facts })
      : recordPreference({ taskType, model: pick(MODELS, between(random, 0, 19)), ...facts })
  ledger.write(outcomeId, fate === 'dropped' ? 'dropped' : job.isKilled ? 'unknown' : 'stored')
  if (fate === 'queued') lastId = outcomeId
}

/** A sink that also writes down which outcomes the other side has acknowledged. */
function notingAcknowledged(sink: OutcomeSink, ledger: Ledger): OutcomeSink {
  return {
    ...sink,
    close: () => sink.close(),
    async send(batch, context) {
      const result = await sink.send(batch, context)
      if (result.status !== 'sent') return result
      for (const [, id = ''] of batch.text.matchAll(/"outcome_id":"([^"]+)"/g)) {
        ledger.write(id, 'stored')
      }
      return result
    },
  }
}

function report(): void {
  const { outcomes: counts, snapshot } = router.status()
  const facts: AgentReport = {
    recorded: counts.recorded,
    buffered: counts.buffered,
    dropped: counts.dropped,
    epoch: snapshot?.epoch,
    version: snapshot?.version,
    ...{ stepsBack, flushed },
  }
  process.stdout.write(`${JSON.stringify(facts)}\n`)
}

async function obey(command: string): Promise<void> {
  if (command === 'flush') {
    while ((await router.flush({ timeoutMs: FLUSH_TIMEOUT_MS })).status !== 'flushed') report()
    flushed = true
    report()
    return
  }
  await router.close()
  clearInterval(reporting)
  report()
  ledger.close()
  commands.removeAllListeners('close').close()
  process.stdin.destroy()
}
