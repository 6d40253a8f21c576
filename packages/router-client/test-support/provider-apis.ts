// How providers write what they answer, by HTTP API: whole, as server-sent events, and their errors. The field names and
// the order of events are those that the SDKs' own types and parsers expect.

/** The tokens of an answer; each API counts and names them its own way. */
export interface Used {
  /** All input, of the cache too. */
  readonly input: number
  readonly cacheRead?: number
  readonly cacheWrite?: number
  /** All output, reasoning too. */
  readonly output: number
  readonly reasoning?: number
}

export interface ProviderApi {
  readonly path: string
  whole(model: string, text: string, used: Used): object
  /** What a stream brings before its first text, and after its last. */
  opening(model: string, used: Used): readonly object[]
  delta(model: string, text: string): object
  closing(model: string, text: string, used: Used): readonly (object | '[DONE]')[]
  error(error: object): object
  /** An error in the middle of a stream. */
  errorEvent(error: object): object
  /** Its events have numbers. */
  readonly isNumbered?: boolean
}

const at = { id: 'id-1', created: 1_767_225_600 }

function chatUsage({ input, cacheRead = 0, output, reasoning = 0 }: Used) {
  return {
    ...{ prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
    prompt_tokens_details: { cached_tokens: cacheRead },
    completion_tokens_details: { reasoning_tokens: reasoning },
  }
}

function chatChunk(model: string, delta: object, finish: string | null = null) {
  const choices = [{ index: 0, delta, finish_reason: finish }]
  return { ...at, object: 'chat.completion.chunk', model, choices }
}

const openaiChat: ProviderApi = {
  path: '/v1/chat/completions',
  whole: (model, text, used) => ({
    ...{ ...at, object: 'chat.completion', model },
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: chatUsage(used),
  }),
  opening: (model) => [chatChunk(model, { role: 'assistant', content: '' })],
  delta: (model, content) => chatChunk(model, { content }),
  closing: (model, _, used) => [
    chatChunk(model, {}, 'stop'),
    { ...at, object: 'chat.completion.chunk', model, choices: [], usage: chatUsage(used) },
    '[DONE]',
  ],
  error: (error) => ({ error }),
  errorEvent: (error) => ({ error }),
}

function responsesPart(text: string) {
  return { type: 'output_text', text, annotations: [] }
}

function responsesItem(status: string, texts: readonly string[]) {
  const content = texts.map(responsesPart)
  return { type: 'message', id: 'msg-1', role: 'assistant', status, content }
}

function responsesBody(model: string, status: string, texts: readonly string[], used?: Used) {
  return {
    ...{ id: 'resp-1', object: 'response', created_at: at.created, model, status, error: null },
    ...{ incomplete_details: null, instructions: null, metadata: {}, tools: [] },
    output: texts.length === 0 ? [] : [responsesItem('completed', texts)],
    usage: used && {
      ...{ input_tokens: used.input, output_tokens: used.output },
      input_tokens_details: { cached_tokens: used.cacheRead ?? 0 },
      output_tokens_details: { reasoning_tokens: used.reasoning ?? 0 },
      total_tokens: used.input + used.output,
    },
  }
}

const itemAt = { item_id: 'msg-1', output_index: 0 }
const partAt = { ...itemAt, content_index: 0 }

const openaiResponses: ProviderApi = {
  path: '/v1/responses',
  whole: (model, text, used) => responsesBody(model, 'completed', [text], used),
  opening: (model) => [
    { type: 'response.created', response: responsesBody(model, 'in_progress', []) },
    { type: 'response.in_progress', response: responsesBody(model, 'in_progress', []) },
    {
      type: 'response.output_item.added',
      ...{ output_index: 0, item: responsesItem('in_progress', []) },
    },
    { type: 'response.content_part.added', ...partAt, part: responsesPart('') },
  ],
  delta: (_, delta) => ({ type: 'response.output_text.delta', ...partAt, delta, logprobs: [] }),
  closing: (model, text, used) => [
    { type: 'response.output_text.done', ...partAt, text, logprobs: [] },
    { type: 'response.content_part.done', ...partAt, part: responsesPart(text) },
    {
      type: 'response.output_item.done',
      ...{ output_index: 0, item: responsesItem('completed', [text]) },
    },
    { type: 'response.completed', response: responsesBody(model, 'completed', [text], used) },
  ],
  error: (error) => ({ error }),
  errorEvent: (error) => ({
    type: 'response.failed',
    response: { ...responsesBody('m', 'failed', []), error },
  }),
  isNumbered: true,
}

function messagesUsage({ input, cacheRead = 0, cacheWrite = 0, output }: Used) {
  return {
    ...{ input_tokens: input - cacheRead - cacheWrite, output_tokens: output },
    ...{ cache_read_input_tokens: cacheRead, cache_creation_input_tokens: cacheWrite },
  }
}

function messagesBody(model: string, texts: readonly string[], used: Used) {
  return {
    ...{ id: 'msg_1', type: 'message', role: 'assistant', model, stop_sequence: null },
    content: texts.map((text) => ({ type: 'text', text })),
    stop_reason: texts.length === 0 ? null : 'end_turn',
    usage: messagesUsage(used),
  }
}

const anthropicMessages: ProviderApi = {
  path: '/v1/messages',
  whole: (model, text, used) => messagesBody(model, [text], used),
  opening: (model, used) => [
    { type: 'message_start', message: messagesBody(model, [], { ...used, output: 1 }) },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
  ],
  delta: (_, text) => ({
    type: 'content_block_delta',
    ...{ index: 0, delta: { type: 'text_delta', text } },
  }),
  closing: (_model, _text, { output }) => [
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      // Anthropic says here only what has changed since the start.
      usage: { output_tokens: output },
    },
    { type: 'message_stop' },
  ],
  error: (error) => ({ type: 'error', error }),
  errorEvent: (error) => ({ type: 'error', error }),
}

/** As OpenAI's chat, but without what surrounds its texts, and at a path that names the model: for callers without an SDK. */
export const bareApi: ProviderApi = {
  ...openaiChat,
  path: '/',
  opening: () => [],
  closing: (...of) => openaiChat.closing(...of).slice(1),
}

export const providerApis = [openaiChat, openaiResponses, anthropicMessages, bareApi]

/** A server-sent event. APIs whose events have a type name it twice. */
export function frame(event: object | string, number?: number): string {
  if (typeof event === 'string') return `data: ${event}\n\n`
  const type: unknown = Reflect.get(event, 'type')
  const name = typeof type === 'string' ? `event: ${type}\n` : ''
  return `${name}data: ${JSON.stringify({ ...event, sequence_number: number })}\n\n`
}
