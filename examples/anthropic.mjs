// The Anthropic SDK with a task type in place of a model, by its own middleware: all that it offers stays, here a stream with its
// `finalMessage()`, from the first model that begins one. It runs against the provider on this machine. `npm start` runs the worker that
// learns; without one the outcomes are lost.
import Anthropic from '@anthropic-ai/sdk'
import { createRouter, httpOutcomes, httpSnapshots } from '@winrate/router-client'
import { createWinrate } from '@winrate/router-client/anthropic'
import { localModels, startLocalProvider } from './local-provider.mjs'

// One model is overloaded, one drops its stream before the first word, and one answers.
const local = await startLocalProvider({ careful: () => 'In the middle of the Netherlands.' })

const { WINRATE_URL: url = 'http://127.0.0.1:8787' } = process.env
const router = createRouter({
  ...localModels('geography', { overloaded: 0.9, cut: 0.8, careful: 0.7 }),
  snapshots: httpSnapshots({ url }),
  outcomes: httpOutcomes({ url }),
  instanceId: 'anthropic',
})
const winrate = createWinrate({ router, provider: 'local' })
const anthropic = new Anthropic({
  ...{ apiKey: 'none', baseURL: local.origin },
  middleware: [winrate.middleware],
})

const stream = anthropic.messages.stream({
  ...{ model: 'winrate/geography', max_tokens: 1_000 },
  messages: [{ role: 'user', content: 'Where is Utrecht?' }],
})
for await (const event of stream) {
  if (event.type !== 'content_block_delta' || event.delta.type !== 'text_delta') continue
  process.stdout.write(event.delta.text)
}
const { model, usage } = await stream.finalMessage()
console.log(`\n(${model}: ${usage.input_tokens} tokens in, ${usage.output_tokens} out)`)
// Any time later, with the response or with the reference that it carries.
const { response } = await stream.withResponse()
console.log(`thumb up: ${winrate.feedback(response, true)}`)

await router.close({ timeoutMs: 2_000 })
local.close()
