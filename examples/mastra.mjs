// An agent of Mastra, whose model the router chooses: `winrate('coding')` stands where a model does. It runs against the provider on this
// machine. Mastra is not among this repository's dependencies: `npm run check:mastra` installs it apart, checks the types and runs this.
import { createOpenAI } from '@ai-sdk/openai'
import { Agent } from '@mastra/core/agent'
import { createRouter, httpOutcomes, httpSnapshots } from '@winrate/router-client'
import { createWinrate } from '@winrate/router-client/ai-sdk'
import { localModels, startLocalProvider } from './local-provider.mjs'

// One model is at its rate limit, one is overloaded, and one answers.
const local = await startLocalProvider({ careful: () => 'In the middle of the Netherlands.' })
const { chat } = createOpenAI({ baseURL: local.origin, apiKey: 'none' })

const { WINRATE_URL: url = 'http://127.0.0.1:8787' } = process.env
const router = createRouter({
  ...localModels('coding', { limited: 0.9, overloaded: 0.8, careful: 0.7 }),
  snapshots: httpSnapshots({ url }),
  outcomes: httpOutcomes({ url }),
  instanceId: 'mastra',
})
const winrate = createWinrate({ router, providers: { local: { languageModel: chat } } })

const agent = new Agent({
  ...{ id: 'guide', name: 'Guide', instructions: 'You know your way.' },
  model: winrate('coding', { risk: 'high' }),
})
const { text, providerMetadata } = await agent.generate('Where is Utrecht?')
console.log(text, `(${providerMetadata?.['winrate']?.['model']})`)
console.log(`thumb up: ${winrate.feedback(providerMetadata, true)}`)

await router.close({ timeoutMs: 2_000 })
local.close()
