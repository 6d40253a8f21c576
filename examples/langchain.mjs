// A chat model of LangChain.js whose model the router chooses: the `fetch` of the OpenAI SDK is enough, as `ChatOpenAI` is built on it. It
// runs against the provider on this machine. `npm start` runs the worker that learns; without one the outcomes are lost.
import { ChatOpenAI } from '@langchain/openai'
import { createRouter, httpOutcomes, httpSnapshots } from '@winrate/router-client'
import { createWinrate } from '@winrate/router-client/openai'
import { localModels, startLocalProvider } from './local-provider.mjs'

// One model is overloaded, one drops its stream before the first word, and one answers.
const local = await startLocalProvider({ careful: () => 'In the middle of the Netherlands.' })

const { WINRATE_URL: url = 'http://127.0.0.1:8787' } = process.env
const router = createRouter({
  ...localModels('guide', { overloaded: 0.9, cut: 0.8, careful: 0.7 }),
  snapshots: httpSnapshots({ url }),
  outcomes: httpOutcomes({ url }),
  instanceId: 'langchain',
})
const winrate = createWinrate({ router, provider: 'local' })

const model = new ChatOpenAI({
  ...{ model: 'winrate/guide', apiKey: 'none' },
  configuration: { baseURL: `${local.origin}/v1`, fetch: winrate.fetch },
})
let text = ''
for await (const chunk of await model.stream('Where is Utrecht?')) text += chunk.text
console.log(text)

await router.close({ timeoutMs: 2_000 })
local.close()
