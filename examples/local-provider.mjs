// A provider on this machine for the examples: no key, no cost, and every trouble that providers make. It speaks Chat Completions and
// Anthropic's Messages to their SDKs, with streams and tools. Nothing here is for your code: call real providers there.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'

/**
 * @typedef {{ messages: { role: string, content: any }[] }} Asked
 * @typedef {string | { tool: string, input: object }} Answer
 * @typedef {import('node:http').ServerResponse} Response
 * @type {Record<string, (response: Response) => unknown>}
 */
const troubles = {
  unknown: (response) => response.writeHead(404).end(),
  limited: (response) =>
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '1' }).end('{}'),
  overloaded: (response) => response.writeHead(529).end('overloaded'),
  down: (response) => response.destroy(),
  // Takes the call and never says a word.
  silent: () => undefined,
  // Begins a stream and drops it before the first word of the answer.
  cut: (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    setTimeout(() => response.destroy(), 20)
  },
  garbled: (response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('<html>Bad gateway'),
}

/**
 * Starts it.
 *
 * @param {Record<string, (asked: Asked) => Answer>} models What the models say that answer. `troubles` names the others.
 */
export async function startLocalProvider(models) {
  const server = createServer(async (request, response) => {
    const body = /** @type {any} */ (await json(request))
    const answer = models[body.model]
    if (answer === undefined) (troubles[body.model] ?? troubles['unknown'])?.(response)
    else {
      const api = request.url?.endsWith('/messages') ? messagesApi : chatApi
      const said = answer(body)
      if (body.stream) sendEvents(response, api.stream(body.model, said))
      else sendJson(response, api.whole(body.model, said))
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    origin: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/**
 * The options that tell a router of these models.
 *
 * @param {string} taskType
 * @param {Record<string, number>} chances What each model is thought to succeed at before anything is known.
 * @param {Record<string, number>} [prices] In US dollars for a million tokens.
 */
export function localModels(taskType, chances, prices = {}) {
  const names = Object.keys(chances)
  return {
    catalogue: names.map((model) => ({
      ...{ key: model, model, provider: 'local' },
      ...{ inputUsdPerMTokens: prices[model], outputUsdPerMTokens: prices[model] },
    })),
    defaults: { [taskType]: chances },
    models: names,
    logger: /** @type {const} */ (false),
  }
}

/** @param {Response} response @param {object} body */
function sendJson(response, body) {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** @param {Response} response @param {(object | string)[]} events */
function sendEvents(response, events) {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of events) {
    const data = typeof event === 'string' ? event : JSON.stringify(event)
    const type = typeof event === 'string' ? undefined : Reflect.get(event, 'type')
    response.write(`${type ? `event: ${type}\n` : ''}data: ${data}\n\n`)
  }
  response.end()
}

let ids = 0
const nextId = () => `local-${++ids}`

/** @param {string} text */
const words = (text) => text.match(/\S+\s*/g) ?? []

const chatApi = {
  /** @param {string} model @param {Answer} said */
  whole: (model, said) => ({
    ...{ id: nextId(), object: 'chat.completion', created: 0, model },
    choices: [{ index: 0, message: chatMessage(said), finish_reason: finishReason(said) }],
    usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
  }),
  /** @param {string} model @param {Answer} said */
  stream(model, said) {
    const id = nextId()
    const chunk = (/** @type {object} */ delta, /** @type {string | null} */ finish_reason) => ({
      ...{ id, object: 'chat.completion.chunk', created: 0, model },
      choices: [{ index: 0, delta, finish_reason }],
    })
    const texts = typeof said === 'string' ? words(said).map((content) => ({ content })) : []
    const first = typeof said === 'string' ? { role: 'assistant', content: '' } : chatMessage(said)
    const deltas = [first, ...texts].map((delta) => chunk(delta, null))
    return [...deltas, chunk({}, finishReason(said)), '[DONE]']
  },
}

/** @param {Answer} said */
const finishReason = (said) => (typeof said === 'string' ? 'stop' : 'tool_calls')

/** @param {Answer} said */
function chatMessage(said) {
  if (typeof said === 'string') return { role: 'assistant', content: said }
  const { tool: name, input } = said
  const call = { name, arguments: JSON.stringify(input) }
  const tool_calls = [{ index: 0, id: nextId(), type: 'function', function: call }]
  return { role: 'assistant', content: null, tool_calls }
}

const messagesApi = {
  /** @param {string} model @param {Answer} said */
  whole: (model, said) => ({
    ...{ id: nextId(), type: 'message', role: 'assistant', model, stop_sequence: null },
    content: [
      typeof said === 'string'
        ? { type: 'text', text: said }
        : { type: 'tool_use', id: nextId(), name: said.tool, input: said.input },
    ],
    stop_reason: typeof said === 'string' ? 'end_turn' : 'tool_use',
    usage: { input_tokens: 100, output_tokens: 20 },
  }),
  /** @param {string} model @param {Answer} said */
  stream(model, said) {
    const message = messagesApi.whole(model, said)
    const { stop_reason, stop_sequence, usage } = message
    const deltas =
      typeof said === 'string'
        ? words(said).map((text) => ({ type: 'text_delta', text }))
        : [{ type: 'input_json_delta', partial_json: JSON.stringify(said.input) }]
    const empty = typeof said === 'string' ? { text: '' } : { input: {} }
    return [
      { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
      { type: 'content_block_start', index: 0, content_block: { ...message.content[0], ...empty } },
      ...deltas.map((delta) => ({ type: 'content_block_delta', index: 0, delta })),
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason, stop_sequence }, usage },
      { type: 'message_stop' },
    ]
  },
}
