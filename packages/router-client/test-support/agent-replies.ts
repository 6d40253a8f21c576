// Answers of a model to an agent, whole or streamed as the call asks for it, in the shapes of OpenAI's chat, OpenAI's responses and
// Anthropic's messages.
import { completion, eventStream, json, type Reply } from './fake-provider.ts'
import { frame, type Used } from './provider-apis.ts'

/** A text. */
export const says =
  (text: string, used?: Used): Reply =>
  (response, asked) => {
    const isStreamed = asked.body['stream'] === true
    const reply = isStreamed ? eventStream([text], 'done', used) : completion(text, used)
    reply(response, asked)
  }

/** One reply after the other; the last one again and again. */
export function inTurn(...replies: readonly Reply[]): Reply {
  let at = -1
  return (response, asked) => {
    at = Math.min(at + 1, replies.length - 1)
    replies[at]?.(response, asked)
  }
}

/** Wants a tool called. The input is JSON, unless a test wants it broken. */
export const wants =
  (name: string, input: string, id = 'call-1'): Reply =>
  (response, asked) => {
    const shape = shapes[asked.api.path] ?? shapes['/v1/chat/completions']
    const call = { model: asked.model, name, input, id }
    if (asked.body['stream'] !== true) {
      json(200, shape?.whole(call))(response, asked)
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(shape?.events(call).map(frame).join(''))
  }

interface Call {
  readonly model: string
  readonly name: string
  readonly input: string
  readonly id: string
}

interface Shape {
  whole(call: Call): object
  events(call: Call): readonly (object | string)[]
}

const at = { id: 'id-1', created: 1_767_225_600 }
const chatUsage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
const responsesUsage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 }
const messagesUsage = { input_tokens: 10, output_tokens: 5 }

function chatCalls({ name, input, id }: Call) {
  return [{ index: 0, id, type: 'function', function: { name, arguments: input } }]
}

const chat: Shape = {
  // Some servers say `stop` beside tool calls.
  whole: (call) => ({
    ...{ ...at, object: 'chat.completion', model: call.model, usage: chatUsage },
    choices: [
      {
        ...{ index: 0, finish_reason: 'stop' },
        message: { role: 'assistant', content: null, tool_calls: chatCalls(call) },
      },
    ],
  }),
  events: (call) => {
    const chunk = (delta: object, finish_reason: string | null) => ({
      ...{ ...at, object: 'chat.completion.chunk', model: call.model },
      choices: [{ index: 0, delta, finish_reason }],
    })
    const delta = { role: 'assistant', content: null, tool_calls: chatCalls(call) }
    return [
      chunk(delta, null),
      chunk({}, 'stop'),
      { ...at, object: 'chat.completion.chunk', model: call.model, choices: [], usage: chatUsage },
      '[DONE]',
    ]
  },
}

function responsesBody(call: Call, output: readonly object[], usage: object | null) {
  return {
    ...{ id: 'resp-1', object: 'response', created_at: at.created, model: call.model },
    ...{ status: usage === null ? 'in_progress' : 'completed', error: null, usage, output },
    ...{ incomplete_details: null, instructions: null, metadata: {}, tools: [] },
  }
}

const responses: Shape = {
  whole: (call) => responsesBody(call, [functionCall(call)], responsesUsage),
  events: (call) => {
    const item = functionCall(call)
    const place = { item_id: item.id, output_index: 0 }
    return [
      { type: 'response.created', response: responsesBody(call, [], null) },
      { type: 'response.output_item.added', output_index: 0, item: { ...item, arguments: '' } },
      { type: 'response.function_call_arguments.delta', ...place, delta: call.input },
      { type: 'response.function_call_arguments.done', ...place, arguments: call.input },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response: responsesBody(call, [item], responsesUsage) },
    ]
  },
}

function functionCall({ name, input, id }: Call) {
  return {
    type: 'function_call',
    id: `fc-${id}`,
    call_id: id,
    name,
    arguments: input,
    status: 'completed',
  }
}

function message({ model }: Call, content: readonly object[], stop_reason: string | null) {
  return {
    ...{ id: 'msg_1', type: 'message', role: 'assistant', model, stop_sequence: null },
    ...{ content, stop_reason, usage: messagesUsage },
  }
}

const messages: Shape = {
  whole: (call) => {
    const { name, id, input } = call
    return message(call, [{ type: 'tool_use', id, name, input: JSON.parse(input) }], 'tool_use')
  },
  events: (call) => {
    const { name, id, input } = call
    const delta = { type: 'input_json_delta', partial_json: input }
    return [
      { type: 'message_start', message: message(call, [], null) },
      {
        type: 'content_block_start',
        ...{ index: 0, content_block: { type: 'tool_use', id, name, input: {} } },
      },
      { type: 'content_block_delta', index: 0, delta },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'tool_use', stop_sequence: null },
        usage: { output_tokens: 5 },
      },
      { type: 'message_stop' },
    ]
  },
}

const shapes: Readonly<Record<string, Shape>> = {
  '/v1/chat/completions': chat,
  '/v1/responses': responses,
  '/v1/messages': messages,
}
