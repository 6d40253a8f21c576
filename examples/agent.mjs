// Decides, calls a model, records the outcome. `npm start` runs the worker that it asks. Without a worker, the
// router decides by defaults and says so.
import { createRouter, httpOutcomes, httpSnapshots } from '@winrate/router-client'

const { WINRATE_URL: url = 'http://127.0.0.1:8787' } = process.env
const router = createRouter({
  snapshots: httpSnapshots({ url }),
  outcomes: httpOutcomes({ url }),
  instanceId: 'first-agent',
})
const { status, version } = await router.ready({ timeoutMs: 1_000 })
if (status === 'fresh') console.log(`snapshot ${version} decides`)
else console.log(`no snapshot from ${url} yet (${status}): defaults decide`)

const prompt = 'Write a function that parses ISO 8601 durations.'
const { decisionId, api, model, reason } = router.route(prompt, 'coding')
console.log(`call ${model} through the API of ${api} (${reason})`)

// Call the model here, with your own SDK: route() never calls one.
const startedAtMs = Date.now()
const answer = `function parseDuration() {} // by ${model}`
router.recordPreference({
  decisionId,
  success: answer.includes('function'),
  responseTimeMs: Date.now() - startedAtMs,
})

const { remaining } = await router.close({ timeoutMs: 2_000 })
console.log(remaining === 0 ? 'the outcome is sent' : 'no worker took the outcome: it is lost')
