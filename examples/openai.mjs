// The OpenAI SDK with a task type in place of a model: all that it offers stays (`stream`, `parse`, `withResponse()`), and so it is for
// any compatible server. It runs against the provider on this machine. `npm start` runs the worker that learns; without one the outcomes
// are lost.
import { createRouter, httpOutcomes, httpSnapshots } from '@winrate/router-client'
import { createWinrate } from '@winrate/router-client/openai'
import OpenAI from 'openai'
import { localModels, startLocalProvider } from './local-provider.mjs'

// One model is at its rate limit, one answers with a page of its proxy, and one does what it is asked.
const local = await startLocalProvider({ careful: () => '{"city":"Utrecht"}' })

const { WINRATE_URL: url = 'http://127.0.0.1:8787' } = process.env
const router = createRouter({
  ...localModels('places', { limited: 0.9, garbled: 0.8, careful: 0.7 }),
  snapshots: httpSnapshots({ url }),
  outcomes: httpOutcomes({ url }),
  instanceId: 'openai',
})
const winrate = createWinrate({ router, provider: 'local' })
const openai = new OpenAI({ apiKey: 'none', baseURL: `${local.origin}/v1`, fetch: winrate.fetch })

const { data, response } = await openai.chat.completions
  .create({
    model: 'winrate/places',
    messages: [{ role: 'user', content: 'Which city? Answer as JSON.' }],
    response_format: { type: 'json_object' },
  })
  .withResponse()
console.log(data.choices[0]?.message.content, `(${data.model})`)
// Any time later, with the response or with the reference that it carries.
console.log(`thumb up: ${winrate.feedback(response, true)}`)

await router.close({ timeoutMs: 2_000 })
local.close()
