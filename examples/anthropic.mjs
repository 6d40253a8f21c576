// The Anthropic SDK's own stream, from the first model that begins one: nothing of the stream is lost, `finalMessage()` included. It runs
// against the provider on this machine. `npm start` runs the worker that learns; without one the outcomes are lost.
import Anthropic from '@anthropic-ai/sdk'
import { createRouter, httpOutcomes, httpSnapshots } from '@winrate/router-client'
import { localModels, startLocalProvider } from './local-provider.mjs'

// One model is overloaded, one drops its stream before the first word, and one answers.
const local = await startLocalProvider({ careful: () => 'In the middle of the Netherlands.' })
const anthropic = new Anthropic({ apiKey: 'none', baseURL: local.origin, maxRetries: 0 })

const { WINRATE_URL: url = 'http://127.0.0.1:8787' } = process.env
const router = createRouter({
  ...localModels('geography', { overloaded: 0.9, cut: 0.8, careful: 0.7 }),
  snapshots: httpSnapshots({ url }),
  outcomes: httpOutcomes({ url }),
  instanceId: 'anthropic',
})

const prompt = 'Where is Utrecht?'
const { result } = await router.call('geography', prompt, ({ model, signal }) =>
  anthropic.messages.stream(
    { model, max_tokens: 1_000, messages: [{ role: 'user', content: prompt }] },
    { signal },
  ),
)
for await (const event of result) {
  if (event.type !== 'content_block_delta' || event.delta.type !== 'text_delta') continue
  process.stdout.write(event.delta.text)
}
const { model, usage } = await result.finalMessage()
console.log(`\n(${model}: ${usage.input_tokens} tokens in, ${usage.output_tokens} out)`)

await router.close({ timeoutMs: 2_000 })
local.close()
