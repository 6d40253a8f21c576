// A chat with thumbs, as a page built with `useChat` has it: POST /chat streams an answer with its reference as metadata, POST /thumb
// brings the reference back. It serves both and then plays a visitor itself, against the provider on this machine. `npm start` runs the
// worker that learns; without one the outcomes are lost.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { createOpenAI } from '@ai-sdk/openai'
import { createRouter, httpOutcomes, httpSnapshots } from '@winrate/router-client'
import { createWinrate } from '@winrate/router-client/ai-sdk'
import * as ai from 'ai'
import { localModels, startLocalProvider } from './local-provider.mjs'

// One model is at its rate limit, one never says a word, and one answers.
const local = await startLocalProvider({ careful: () => 'In the middle of the Netherlands.' })
const { chat } = createOpenAI({ baseURL: local.origin, apiKey: 'none' })

const { WINRATE_URL: url = 'http://127.0.0.1:8787' } = process.env
const router = createRouter({
  ...localModels('chat', { limited: 0.9, silent: 0.8, careful: 0.7 }),
  snapshots: httpSnapshots({ url }),
  outcomes: httpOutcomes({ url }),
  instanceId: 'ai-sdk-chat',
})
const winrate = createWinrate({ router, providers: { local: { languageModel: chat } } })

const server = createServer(async (request, response) => {
  const body = /** @type {any} */ (await json(request))
  if (request.url === '/thumb') {
    const taken = winrate.feedback(body.reference, { success: body.up })
    response.end(taken)
    return
  }
  const result = ai.streamText({
    model: winrate('chat', { firstOutputMs: 2_000, risk: 'high' }),
    messages: await ai.convertToModelMessages(body.messages),
  })
  const stream = ai.toUIMessageStream({
    stream: result.stream,
    messageMetadata: ({ part }) =>
      part.type === 'finish-step'
        ? { reference: part.providerMetadata?.['winrate']?.['reference'] }
        : undefined,
  })
  await ai.pipeUIMessageStreamToResponse({ response, stream })
})
await once(server.listen(0, '127.0.0.1'), 'listening')

// A visitor, whose page does this with `useChat` and two buttons.
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
const origin = `http://127.0.0.1:${port}`
const stream = await new ai.DefaultChatTransport({ api: `${origin}/chat` }).sendMessages({
  ...{ trigger: 'submit-message', chatId: 'c', messageId: undefined, abortSignal: undefined },
  messages: [{ id: 'm', role: 'user', parts: [{ type: 'text', text: 'Where is Utrecht?' }] }],
})
/** @type {ai.UIMessage | undefined} */
let answer
for await (const message of ai.readUIMessageStream({ stream })) answer = message
console.log(answer?.parts.map((part) => ('text' in part ? part.text : '')).join(''))
const thumb = { .../** @type {object} */ (answer?.metadata), up: true }
const told = await fetch(`${origin}/thumb`, { method: 'POST', body: JSON.stringify(thumb) })
console.log(`thumb up: ${await told.text()}`)

await router.close({ timeoutMs: 2_000 })
server.close()
local.close()
