// OpenAI's chat completions, which most other providers and proxies speak too.
import { parseInput, type ToolCall } from '../../adapters/verdict.ts'
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

export const chatCompletions: ModelApi = {
  path: '/chat/completions',
  readAsked(body): Asked {
    const messages = listOf(body['messages'])
    const last = messages.findLastIndex(({ role }) => role === 'user')
    const calls = messages.slice(last + 1).flatMap((message) => listOf(message['tool_calls']))
    const tools = listOf(body['tools'])
    const format = fieldsOf(body['response_format'])
    return {
      messages,
      lastWords: textIn(messages[last]?.['content']),
      answered: textsIn(calls.map(({ id }) => id)),
      tools: tools.map(readTool),
      hasTools: tools.length > 0,
      json: /^json/.test(textOf(format['type']))
        ? { schema: fieldsOf(format['json_schema'])['schema'] }
        : undefined,
      level: textOf(body['reasoning_effort'] ?? fieldsOf(body['reasoning'])['effort']) || undefined,
    }
  },
  atLevel: (body, level) =>
    body['reasoning'] === undefined ? { ...body, reasoning_effort: level } : body,
  readAnswer(answer): Seen {
    const [choice = {}] = listOf(answer['choices'])
    return readChoice(fieldsOf(choice['message']), choice['finish_reason'])
  },
  collect,
  error: (message) => ({ error: { message, type: 'invalid_request_error', code: 'winrate' } }),
}

/** Of several choices the first one is judged. */
function collect(): Collector {
  const texts: string[] = []
  const announced: string[] = []
  const calls: { id?: unknown; name?: unknown; type?: unknown; input: string[] }[] = []
  const rest: Record<string, unknown> = {}
  let reason: unknown
  return {
    announced,
    add(event) {
      const choice = listOf(event['choices']).find(({ index = 0 }) => index === 0)
      if (choice === undefined) return 0
      const { content, tool_calls, ...others } = fieldsOf(choice['delta'])
      texts.push(textOf(content))
      for (const [name, value] of Object.entries(others)) if (value) rest[name] = value
      reason = choice['finish_reason'] ?? reason
      return listOf(tool_calls).reduce((sum, call) => sum + addCall(call), textOf(content).length)
    },
    seen() {
      const tool_calls = calls.map(({ id, name, type, input }) => {
        const said = input.join('')
        return type === 'custom'
          ? { id, type, custom: { name, input: said } }
          : { id, function: { name, arguments: said } }
      })
      return readChoice({ ...rest, content: texts.join(''), tool_calls }, reason)
    },
  }

  function addCall(delta: Fields): number {
    const at = Number(delta['index'] ?? 0)
    // A place far out would make a list of holes.
    if (!(at >= 0 && at <= calls.length)) return 0
    const call = calls[at] ?? { input: [] }
    calls[at] = call
    const told = fieldsOf(delta['function'] ?? delta['custom'])
    if (call.id === undefined) announced.push(...textsIn([delta['id']]))
    call.id ??= delta['id']
    call.type ??= delta['type']
    call.name ??= told['name']
    const input = textOf(told['arguments'] ?? told['input'])
    call.input.push(input)
    return input.length
  }
}

function readTool(tool: Fields) {
  const { name, parameters } = fieldsOf(tool['function'] ?? tool['custom'])
  return { name: textOf(name), schema: parameters }
}

function readChoice(message: Fields, reason: unknown): Seen {
  const calls = listOf(message['tool_calls'])
  const text = textIn(message['content'])
  return {
    text,
    toolCalls: calls.map(readToolCall),
    finishReason: message['refusal'] ? 'content-filter' : (reasons[textOf(reason)] ?? 'other'),
    // Reasoning alone answers nothing.
    isEmpty: text === '' && calls.length === 0 && others.every((name) => !message[name]),
    announced: textsIn(calls.map(({ id }) => id)),
  }
}

function readToolCall(call: Fields): ToolCall {
  const isCustom = call['type'] === 'custom'
  const told = fieldsOf(isCustom ? call['custom'] : call['function'])
  return {
    toolCallId: textOf(call['id']),
    toolName: textOf(told['name']),
    // That of a custom tool is a text.
    input: isCustom ? textOf(told['input']) : parseInput(textOf(told['arguments'])),
  }
}

/** What answers besides a text and tool calls; pictures are OpenRouter's. */
const others = ['audio', 'function_call', 'images']

const reasons: Readonly<Record<string, string>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
}
