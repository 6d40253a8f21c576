// An agent of LangChain.js with a tool, whose model the router chooses: a middleware of 20 lines around each call. It runs against the
// provider on this machine. `npm start` runs the worker that learns; without one the outcomes are lost.
import { ChatOpenAI } from '@langchain/openai'
import { createRouter, httpOutcomes, httpSnapshots } from '@winrate/router-client'
import { createAgent, createMiddleware, HumanMessage, tool } from 'langchain'
import { localModels, startLocalProvider } from './local-provider.mjs'

// One model is at its rate limit, one invents a tool, and one does what it is asked.
const local = await startLocalProvider({
  sloppy: () => ({ tool: 'google', input: { q: 'weather' } }),
  careful: ({ messages }) =>
    messages.at(-1)?.role === 'tool'
      ? 'It is sunny in Utrecht.'
      : { tool: 'weather', input: { city: 'Utrecht' } },
})

const { WINRATE_URL: url = 'http://127.0.0.1:8787' } = process.env
const router = createRouter({
  ...localModels('assistant', { limited: 0.9, sloppy: 0.8, careful: 0.7 }),
  snapshots: httpSnapshots({ url }),
  outcomes: httpOutcomes({ url }),
  instanceId: 'langchain-agent',
})

const modelNamed = (/** @type {string} */ model) =>
  new ChatOpenAI({
    ...{ model, apiKey: 'none', maxRetries: 0 },
    configuration: { baseURL: local.origin },
  })

const chooseModel = (/** @type {string} */ taskType) =>
  createMiddleware({
    name: 'Winrate',
    wrapModelCall: async (request, handler) => {
      const names = request.tools.map(({ name }) => name)
      const { result } = await router.call(
        taskType,
        request.messages,
        async ({ model }) =>
          /** @type {import('langchain').AIMessage} */ (
            await handler({ ...request, model: modelNamed(model) })
          ),
        {
          // The calls of a run follow the same message of the user: one decision, one model.
          turn: request.messages.findLast((message) => HumanMessage.isInstance(message)),
          verify: ({ tool_calls = [] }) => tool_calls.every(({ name }) => names.includes(name)),
          usageOf: ({ usage_metadata }) => usage_metadata,
        },
      )
      return result
    },
  })

const weather = tool(async () => 'sunny', {
  name: 'weather',
  description: 'The weather in a city',
  schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
})
const agent = createAgent({
  // Stands in where no middleware chooses.
  model: modelNamed('careful'),
  tools: [weather],
  middleware: [chooseModel('assistant')],
})
const { messages } = await agent.invoke({ messages: [new HumanMessage('How is the weather?')] })
const { total } = router.status().decisions
console.log(messages.at(-1)?.text, `(${messages.length} messages, ${total} decision)`)

await router.close({ timeoutMs: 2_000 })
local.close()
