// A process with one agent that records as fast as its buffer allows: a real router with default options.
// Before measuring, it publishes some outcomes to warm up. The process ends when its parent is gone.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createRouter, type Outcome, postgresOutcomes, type Router } from '@winrate/router-client'
import { endWithParent, handle, serveRequests } from '../measuring/serve-requests.ts'
import { type CallTimings, createCallTimings } from './call-timings.ts'
import { exampleFacts, examplePrompt, taskTypeOf } from './example-outcomes.ts'
import { type PublisherJob, type PublisherReply, publisherJobSchema } from './publisher-protocol.ts'
import { createTurns } from './turns.ts'

/** Outcomes recorded in one turn of the event loop. */
const OUTCOMES_PER_TURN = 200
const WARM_UP_OUTCOMES = 20_000
/** Below the router's default capacity of 10,000, so that nothing is dropped. */
const MOST_BUFFERED = 9_000
/** Pause while the buffer is full: spinning would take a processor from the database. */
const FULL_MS = 1
const FLUSH_TIMEOUT_MS = 60_000
const RESOLUTION_MS = 1

endWithParent()
serveRequests({ measure: handle(publisherJobSchema, measure) })

async function measure(job: PublisherJob): Promise<PublisherReply> {
  const { connectionString } = job
  const router = createRouter({ outcomes: postgresOutcomes({ connectionString }) })
  await publish(router, { ...job, outcomes: WARM_UP_OUTCOMES }, createCallTimings(WARM_UP_OUTCOMES))
  await router.flush({ timeoutMs: FLUSH_TIMEOUT_MS })
  const before = router.status().outcomes.sent
  const timings = createCallTimings(job.outcomes)
  const turns = createTurns()
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delays.enable()
  const startMs = performance.now()
  await publish(router, job, timings, turns.note)
  await router.flush({ timeoutMs: FLUSH_TIMEOUT_MS })
  const seconds = (performance.now() - startMs) / 1_000
  delays.disable()
  const { sent, dropped } = router.status().outcomes
  await router.close()
  return {
    seconds,
    sent: sent - before,
    sentBefore: before,
    dropped: Object.values(dropped).reduce((sum, count) => sum + count, 0),
    recordP50Ns: timings.p50Ns(),
    recordP99Ns: timings.p99Ns(),
    recordP999Ns: timings.p999Ns(),
    timerNs: timings.timerNs(),
    longestStallMs: Math.max(0, delays.max / 1e6 - RESOLUTION_MS),
    stallP99Ms: Math.max(0, delays.percentile(99) / 1e6 - RESOLUTION_MS),
    ...turns.summary(),
  }
}

async function publish(
  router: Router,
  { outcomes, recorded }: PublisherJob,
  timings: CallTimings,
  onTurn: () => void = () => {},
): Promise<void> {
  const made: Outcome[] = []
  for (let first = 0; first < outcomes; first += OUTCOMES_PER_TURN) {
    const count = Math.min(OUTCOMES_PER_TURN, outcomes - first)
    for (let at = 0; at < count; at += 1) made[at] = makeOutcome(router, recorded, first + at)
    timings.time(0, count, (at) => {
      const outcome = made[at]
      if (outcome !== undefined) router.recordPreference(outcome)
    })
    await new Promise((resolve) => setImmediate(resolve))
    onTurn()
    while (router.status().outcomes.buffered > MOST_BUFFERED) {
      await new Promise((resolve) => setTimeout(resolve, FULL_MS))
      onTurn()
    }
  }
}

function makeOutcome(router: Router, recorded: PublisherJob['recorded'], number: number): Outcome {
  const facts = exampleFacts(number)
  if (recorded === 'decisions') {
    const { decisionId } = router.route(examplePrompt(number), taskTypeOf(number))
    return { decisionId, ...facts }
  }
  return {
    taskType: taskTypeOf(number),
    model: 'codex',
    prompt: examplePrompt(number),
    ...facts,
  }
}
