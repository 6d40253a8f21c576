// Calls a model, checks its answer, and falls back: against a provider that this file starts itself. Put your own SDK in the
// place of `complete`. `npm start` runs the worker that takes the outcomes; without one they are lost, and the router says so.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRouter, httpOutcomes, httpSnapshots } from '@winrate/router-client'

const provider = createServer((request, response) => {
  const model = request.url?.slice(1)
  // One model is overloaded, one writes no JSON, and one does what it is asked.
  if (model === 'busy') response.writeHead(529).end('overloaded')
  else response.end(model === 'sloppy' ? 'Sure! Here you are.' : '{"city":"Utrecht"}')
})
await once(provider.listen(0, '127.0.0.1'), 'listening')
const { port } = /** @type {import('node:net').AddressInfo} */ (provider.address())

/** @param {import('@winrate/router-client').Attempt} attempt */
async function complete({ model, signal }) {
  const response = await fetch(`http://127.0.0.1:${port}/${model}`, { signal })
  if (!response.ok) throw Object.assign(new Error('refused'), { status: response.status })
  return response.text()
}

const { WINRATE_URL: url = 'http://127.0.0.1:8787' } = process.env
const router = createRouter({
  snapshots: httpSnapshots({ url }),
  outcomes: httpOutcomes({ url }),
  defaults: { extraction: { busy: 0.9, sloppy: 0.8, careful: 0.7 } },
  models: ['busy', 'sloppy', 'careful'],
  instanceId: 'calling-agent',
  logger: false,
})

const prompt = 'Which city? Answer as JSON.'
const { result, verdict, attempts } = await router.call('extraction', prompt, complete, {
  verify: (answer) => answer.startsWith('{'),
  risk: 'high',
  timeoutMs: 30_000,
})
for (const { model, success, failure } of attempts) {
  console.log(`${model}: ${success ? 'good' : (failure ?? 'answered, and failed verify')}`)
}
console.log(`${result} (verdict: ${verdict})`)

await router.close({ timeoutMs: 2_000 })
provider.close()
