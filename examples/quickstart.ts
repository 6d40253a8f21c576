// Decides, calls a model, records the outcome. Start a worker first (`npm start`); without one, the router
// decides by defaults.
import { createRouter, httpOutcomes, httpSnapshots } from '@winrate/router-client'

const url = process.env['WINRATE_URL'] ?? 'http://127.0.0.1:8787'
await using router = createRouter({
  snapshots: httpSnapshots({ url }),
  outcomes: httpOutcomes({ url }),
  instanceId: 'quickstart',
})
const { status } = await router.ready({ timeoutMs: 2_000 })
console.log(`deciding from: ${status}`)

const prompt = 'Write a function that parses ISO 8601 durations.'
const decision = router.route(prompt, 'coding', { prefer: 'cost' })
console.log(`call ${decision.model} of ${decision.provider} (${decision.reason})`)

const startedAtMs = Date.now()
const answer = await callModel(decision.provider, decision.model, prompt)
router.recordPreference({
  decisionId: decision.decisionId,
  success: answer.includes('function'),
  responseTimeMs: Date.now() - startedAtMs,
})
console.log(router.explain(decision).summary)

/** Replace this with a call of your own SDK: the router never calls a model. */
async function callModel(provider: string, model: string, prompt: string): Promise<string> {
  return `function answer() {} // ${provider}/${model} was asked: ${prompt}`
}
