// An agent of the Vercel AI SDK with a tool, whose model the router chooses: against a provider that this file starts itself. In place
// of `local`, give the providers that you use: `{ openai, anthropic }`. `npm start` runs the worker that takes the outcomes;
// without one they are lost, and the router says so.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { createOpenAI } from '@ai-sdk/openai'
import { createRouter, httpOutcomes, httpSnapshots } from '@winrate/router-client'
import { createWinrate } from '@winrate/router-client/ai-sdk'
import { jsonSchema, ToolLoopAgent, tool } from 'ai'

const server = createServer(async (request, response) => {
  const { model, messages } = /** @type {any} */ (await json(request))
  const hasResult = messages.at(-1).role === 'tool'
  const call = (/** @type {string} */ name) => ({
    tool_calls: [
      { id: 'call-1', type: 'function', function: { name, arguments: '{"city":"Utrecht"}' } },
    ],
  })
  // One model is overloaded, one invents a tool, and one does what it is asked.
  if (model === 'busy') response.statusCode = 529
  response.setHeader('content-type', 'application/json')
  const answer = hasResult ? { content: 'It is sunny in Utrecht.' } : call('weather')
  const message = {
    role: 'assistant',
    content: null,
    ...(model === 'sloppy' ? call('google') : answer),
  }
  const choices = [{ index: 0, message, finish_reason: 'stop' }]
  response.end(JSON.stringify({ id: '1', created: 0, model, choices, usage: {} }))
})
await once(server.listen(0, '127.0.0.1'), 'listening')
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
const { chat } = createOpenAI({ baseURL: `http://127.0.0.1:${port}`, apiKey: 'none' })

const { WINRATE_URL: url = 'http://127.0.0.1:8787' } = process.env
const names = ['busy', 'sloppy', 'careful']
const router = createRouter({
  snapshots: httpSnapshots({ url }),
  outcomes: httpOutcomes({ url }),
  catalogue: names.map((model) => ({ key: model, model, provider: 'local' })),
  defaults: { support: { busy: 0.9, sloppy: 0.8, careful: 0.7 } },
  models: names,
  instanceId: 'ai-sdk-agent',
  logger: false,
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
server.close()
