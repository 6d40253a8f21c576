// An agent of the Vercel AI SDK with a tool, whose model the router chooses. It runs against the provider on this machine: in place of
// `local`, give the providers that you use, `{ openai, anthropic }`. `npm start` runs the worker that takes the outcomes; without one
// they are lost, and the router says so.
import { createOpenAI } from '@ai-sdk/openai'
import { createRouter, httpOutcomes, httpSnapshots } from '@winrate/router-client'
import { createWinrate } from '@winrate/router-client/ai-sdk'
import { jsonSchema, ToolLoopAgent, tool } from 'ai'
import { localModels, startLocalProvider } from './local-provider.mjs'

// One model is overloaded, one invents a tool, and one does what it is asked.
const local = await startLocalProvider({
  sloppy: () => ({ tool: 'google', input: { q: 'weather' } }),
  careful: ({ messages }) =>
    messages.at(-1)?.role === 'tool'
      ? 'It is sunny in Utrecht.'
      : { tool: 'weather', input: { city: 'Utrecht' } },
})
const { chat } = createOpenAI({ baseURL: local.origin, apiKey: 'none' })

const { WINRATE_URL: url = 'http://127.0.0.1:8787' } = process.env
const router = createRouter({
  ...localModels('support', { overloaded: 0.9, sloppy: 0.8, careful: 0.7 }),
  snapshots: httpSnapshots({ url }),
  outcomes: httpOutcomes({ url }),
  instanceId: 'ai-sdk-agent',
})
const winrate = createWinrate({ router, providers: { local: { languageModel: chat } } })

const inputSchema = jsonSchema(
  /** @type {const} */ ({
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
  }),
)
const weather = tool({ inputSchema, execute: async () => 'sunny' })
const agent = new ToolLoopAgent({ model: winrate('support', { risk: 'high' }), tools: { weather } })

const { text, steps, providerMetadata } = await agent.generate({ prompt: 'How is the weather?' })
const { model } = providerMetadata?.['winrate'] ?? {}
console.log(
  `${text} (${model}, ${steps.length} steps, ${router.status().decisions.total} decision)`,
)
// Any time later, for example when the user says so.
console.log(`thumb up: ${winrate.feedback(providerMetadata, true)}`)

await router.close({ timeoutMs: 2_000 })
local.close()
