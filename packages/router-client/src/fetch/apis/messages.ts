// Anthropic's messages.
import { parseInput } from '../../adapters/verdict.ts'
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

export const messages: ModelApi = {
  path: '/messages',
  readAsked(body): Asked {
    const { system, tools: given, output_config, output_format } = body
    const all = listOf(body['messages'])
    const last = all.findLastIndex(({ role, content }) => role === 'user' && !isToolResult(content))
    const calls = all.slice(last + 1).flatMap(({ content }) => listOf(content).filter(isToolUse))
    const tools = listOf(given)
    const { effort, format = output_format } = fieldsOf(output_config)
    const { type, schema } = fieldsOf(format)
    return {
      messages: system ? [{ role: 'system', content: system }, ...all] : all,
      lastWords: textIn(all[last]?.['content']),
      answered: textsIn(calls.map(({ id }) => id)),
      tools: tools.map(({ name, input_schema }) => ({ name: textOf(name), schema: input_schema })),
      hasTools: tools.length > 0,
      json: type === 'json_schema' ? { schema } : undefined,
      level: textOf(effort) || undefined,
    }
  },
  atLevel(body, effort) {
    if (body['thinking'] !== undefined) return body
    return effort === 'none'
      ? { ...body, thinking: { type: 'disabled' } }
      : { ...body, output_config: { ...fieldsOf(body['output_config']), effort } }
  },
  readAnswer: ({ content, stop_reason }) => readBlocks(listOf(content), stop_reason),
  collect,
  error: (message) => ({ type: 'error', error: { type: 'invalid_request_error', message } }),
}

function collect(): Collector {
  const announced: string[] = []
  const blocks: { block: Fields; deltas: string[] }[] = []
  let reason: unknown
  return {
    announced,
    add({ type, content_block, delta, index }) {
      const told = fieldsOf(delta)
      if (type === 'content_block_start') {
        const block = fieldsOf(content_block)
        blocks.push({ block, deltas: [] })
        if (isToolUse(block)) announced.push(...textsIn([block['id']]))
      } else if (type === 'content_block_delta') {
        const text = textOf(told['text'] ?? told['partial_json'])
        blocks[Number(index)]?.deltas.push(text)
        return text.length
      } else if (type === 'message_delta') reason = told['stop_reason'] ?? reason
      return 0
    },
    seen: () =>
      readBlocks(
        blocks.map(({ block, deltas }) => {
          const told = deltas.join('')
          if (block['type'] === 'text') return { ...block, text: textOf(block['text']) + told }
          return isToolUse(block) ? { ...block, input: parseInput(told) } : block
        }),
        reason,
      ),
  }
}

function readBlocks(blocks: readonly Fields[], reason: unknown): Seen {
  const text = blocks
    .filter(({ type }) => type === 'text')
    .map((block) => textOf(block['text']))
    .join('')
  return {
    text,
    toolCalls: blocks
      // Others Anthropic calls itself.
      .filter(({ type }) => type === 'tool_use')
      .map(({ id, name, input }) => ({ toolCallId: textOf(id), toolName: textOf(name), input })),
    finishReason: reasons[textOf(reason)] ?? 'other',
    isEmpty: text === '' && blocks.every(({ type }) => /^(text|.*thinking)$/.test(textOf(type))),
    announced: textsIn(blocks.filter(isToolUse).map(({ id }) => id)),
    goesOn: reason === 'pause_turn',
  }
}

function isToolResult(content: unknown): boolean {
  return listOf(content).some(({ type }) => type === 'tool_result')
}

function isToolUse({ type }: Fields): boolean {
  return /tool_use$/.test(textOf(type))
}

const reasons: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool-calls',
  refusal: 'content-filter',
}
