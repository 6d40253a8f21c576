// OpenAI's responses.
import { parseInput, type ToolCall } from '../../adapters/verdict.ts'
import { chatCompletions } from './chat-completions.ts'
import {
  type Asked,
  type Collector,
  type Fields,
  fieldsOf,
  listOf,
  type ModelApi,
  type Seen,
  textIn,
  textOf,
  textsIn,
} from './model-api.ts'

export const responses: ModelApi = {
  path: '/responses',
  readAsked(body): Asked {
    const { input, instructions, tools: given, text, reasoning } = body
    const items = typeof input === 'string' ? [{ role: 'user', content: input }] : listOf(input)
    const last = items.findLastIndex(({ role }) => role === 'user')
    const since = items.slice(last + 1)
    const tools = listOf(given)
    const format = fieldsOf(fieldsOf(text)['format'])
    // What the user said stands in an earlier response.
    const previous = last < 0 && since.length > 0 ? [body['previous_response_id']] : []
    return {
      messages: instructions ? [{ role: 'system', content: instructions }, ...items] : items,
      lastWords: textIn(items[last]?.['content']),
      answered: textsIn([...since.map((item) => item['call_id']), ...previous]),
      // A stored prompt has tools of its own, and namespaces name theirs elsewhere.
      tools:
        body['prompt'] !== undefined || tools.some(({ type }) => type === 'namespace')
          ? undefined
          : tools.map(({ name, parameters }) => ({ name: textOf(name), schema: parameters })),
      hasTools: tools.length > 0,
      json: /^json/.test(textOf(format['type'])) ? { schema: format['schema'] } : undefined,
      level: textOf(fieldsOf(reasoning)['effort']) || undefined,
    }
  },
  atLevel: (body, effort) => ({
    ...body,
    reasoning: { ...fieldsOf(body['reasoning']), effort },
  }),
  readAnswer,
  collect,
  error: chatCompletions.error,
}

/** The last event has the whole response. */
function collect(): Collector {
  const announced: string[] = []
  let whole: Fields | undefined
  return {
    announced,
    add({ type, response, item }) {
      if (type === 'response.created') announced.push(...textsIn([fieldsOf(response)['id']]))
      if (type === 'response.output_item.added') {
        announced.push(...textsIn([fieldsOf(item)['call_id']]))
      }
      if (/^response\.(completed|incomplete)$/.test(textOf(type))) whole = fieldsOf(response)
      return 0
    },
    seen: () => whole && readAnswer(whole),
  }
}

function readAnswer(response: Fields): Seen {
  const { status, incomplete_details, id } = response
  const output = listOf(response['output'])
  const parts = output
    .filter(({ type }) => type === 'message')
    .flatMap(({ content }) => listOf(content))
  const text = parts.map((part) => textOf(part['text'])).join('')
  const isRefused = parts.some(({ type }) => type === 'refusal')
  const calls = output.filter(({ call_id }) => typeof call_id === 'string')
  return {
    text,
    toolCalls: output.flatMap(readToolCall),
    finishReason: isRefused ? 'content-filter' : reasonOf(status, incomplete_details, calls),
    isEmpty: text === '' && output.every(({ type }) => type === 'message' || type === 'reasoning'),
    announced: textsIn([id, ...calls.map(({ call_id }) => call_id)]),
    // In the background, or at a tool that OpenAI knows and the caller runs.
    goesOn:
      ['queued', 'in_progress'].includes(textOf(status)) ||
      calls.some(({ type }) => !/^(function|custom_tool)_call$/.test(textOf(type))),
  }
}

function readToolCall({ type, call_id, name, arguments: given, input }: Fields): ToolCall[] {
  const call = { toolCallId: textOf(call_id), toolName: textOf(name) }
  if (type === 'function_call') return [{ ...call, input: parseInput(textOf(given)) }]
  return type === 'custom_tool_call' ? [{ ...call, input: textOf(input) }] : []
}

function reasonOf(status: unknown, details: unknown, calls: readonly Fields[]): string {
  if (status === 'incomplete') {
    const { reason } = fieldsOf(details)
    return reason === 'content_filter' ? 'content-filter' : 'length'
  }
  return calls.length > 0 ? 'tool-calls' : 'stop'
}
