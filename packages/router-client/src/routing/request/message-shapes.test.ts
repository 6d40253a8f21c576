// Recorded messages: made by the SDKs named (AI SDK 6.0.326 and 7.0.173, LangChain 1.4.0), or written to the types of
// openai 6.49.0 and 7.59.0, @anthropic-ai/sdk 1.14.0 and @google/genai 2.32.0 and to the documents of the other APIs. What SDKs
// make of one conversation, whole, is in recorded-messages.test.ts.
import { describe, expect, test } from 'vitest'
import { measureMessages } from './message-needs.ts'

const BASE64 = 'QUJD'.repeat(1_400_000)
const bytes = new Uint8Array(4_200_000)
const dataUrl = (mediaType: string) => `data:${mediaType};base64,${BASE64}`
const user = (...content: unknown[]) => [{ role: 'user', content }]
const parts = (...content: unknown[]) => [{ role: 'user', parts: content }]

describe('a tool is seen', () => {
  test.each<[string, unknown]>([
    ['AI SDK call', { type: 'tool-call', toolCallId: 'c', toolName: 'weather', input: {} }],
    [
      'AI SDK call by the provider',
      { type: 'tool-call', toolName: 'w', input: {}, providerExecuted: true },
    ],
    [
      'AI SDK result',
      { type: 'tool-result', toolCallId: 'c', toolName: 'w', output: { type: 'json', value: {} } },
    ],
    ['AI SDK error', { type: 'tool-error', toolCallId: 'c', toolName: 'w', error: 'no' }],
    [
      'AI SDK request for approval',
      { type: 'tool-approval-request', approvalId: 'a', toolCallId: 'g' },
    ],
    ['AI SDK approval', { type: 'tool-approval-response', approvalId: 'a', approved: true }],
    [
      'AI SDK UI part',
      { type: 'tool-weather', toolCallId: 'c', state: 'output-available', input: {} },
    ],
    [
      'AI SDK UI part, dynamic',
      { type: 'dynamic-tool', toolName: 'x', toolCallId: 'd', input: {} },
    ],
    ['AI SDK 4, Mastra', { type: 'tool-invocation', toolInvocation: { toolName: 'w', args: {} } }],
    ['OpenAI function', { type: 'function_call', name: 'f', arguments: '{}', call_id: '1' }],
    ['OpenAI function result', { type: 'function_call_output', call_id: '1', output: 'x' }],
    ['OpenAI web search', { type: 'web_search_call', id: 'w', status: 'completed' }],
    [
      'OpenAI file search',
      { type: 'file_search_call', id: 'w', queries: ['x'], status: 'completed' },
    ],
    ['OpenAI computer', { type: 'computer_call', call_id: '1', action: { type: 'wait' } }],
    ['OpenAI computer result', { type: 'computer_call_output', call_id: '1', output: {} }],
    ['OpenAI code', { type: 'code_interpreter_call', id: '1', code: 'print(1)' }],
    ['OpenAI MCP call', { type: 'mcp_call', id: '1', name: 'f', arguments: '{}' }],
    ['OpenAI MCP list', { type: 'mcp_list_tools', id: '1', tools: [] }],
    ['OpenAI MCP approval', { type: 'mcp_approval_request', id: '1', name: 'f' }],
    ['OpenAI custom tool', { type: 'custom_tool_call', call_id: '1', name: 'f', input: '' }],
    ['OpenAI custom tool result', { type: 'custom_tool_call_output', call_id: '1', output: '' }],
    ['OpenAI local shell', { type: 'local_shell_call', call_id: '1', action: {} }],
    ['OpenAI shell', { type: 'shell_call', call_id: '1', action: {} }],
    ['OpenAI shell result', { type: 'shell_call_output', call_id: '1', output: [] }],
    ['OpenAI patch', { type: 'apply_patch_call', call_id: '1', operation: {} }],
    ['OpenAI tool search', { type: 'tool_search_call', call_id: '1' }],
    ['OpenAI image generation', { type: 'image_generation_call', id: '1', result: 'QUJD' }],
    ['OpenAI program', { type: 'program', id: '1', call_id: '1', code: 'f()', fingerprint: 'x' }],
    ['OpenAI program result', { type: 'program_output', id: '1', call_id: '1', result: '2' }],
    ['OpenAI tools, later', { type: 'additional_tools', role: 'developer', tools: [] }],
    ['Anthropic call', { type: 'tool_use', id: '1', name: 'f', input: {} }],
    ['Anthropic result', { type: 'tool_result', tool_use_id: '1', content: 'x' }],
    ['Anthropic server tool', { type: 'server_tool_use', id: '1', name: 'web_search', input: {} }],
    ['Anthropic web search', { type: 'web_search_tool_result', tool_use_id: '1', content: [] }],
    [
      'Anthropic MCP call',
      { type: 'mcp_tool_use', id: '1', name: 'f', server_name: 's', input: {} },
    ],
    ['Anthropic MCP result', { type: 'mcp_tool_result', tool_use_id: '1', content: [] }],
    ['Anthropic code', { type: 'code_execution_tool_result', tool_use_id: '1', content: {} }],
    ['Anthropic bash', { type: 'bash_code_execution_tool_result', tool_use_id: '1', content: {} }],
    [
      'Anthropic editor',
      { type: 'text_editor_code_execution_tool_result', tool_use_id: '1', content: {} },
    ],
    ['Anthropic tool found', { type: 'tool_reference', tool_name: 'f' }],
    ['Anthropic tools, later', { type: 'tool_addition', tool: { type: 'tool_reference' } }],
    ['Anthropic MCP list', { type: 'mcp_tool_listing', mcp_server_name: 's', tools: [] }],
    ['Gemini call', { functionCall: { name: 'f', args: {} } }],
    ['Gemini result', { functionResponse: { name: 'f', response: {} } }],
    ['Gemini call, REST', { function_call: { name: 'f', args: {} } }],
    ['Gemini code', { executableCode: { language: 'PYTHON', code: 'print(1)' } }],
    ['Gemini code result', { codeExecutionResult: { outcome: 'OUTCOME_OK' } }],
    ['Gemini server tool', { toolCall: { id: '1', toolType: 'GOOGLE_SEARCH_WEB' } }],
    ['Gemini step', { type: 'google_search_call', id: '1', arguments: { queries: ['x'] } }],
    ['Gemini step of a function', { type: 'function_result', call_id: '1', result: 'x' }],
    ['LangChain server tool', { type: 'server_tool_call', name: 'web_search', args: {} }],
    ['LangChain call that is no JSON', { type: 'invalid_tool_call', name: 'f', args: '{' }],
    ['Bedrock call', { toolUse: { toolUseId: '1', name: 'f', input: {} } }],
    ['Bedrock result', { toolResult: { toolUseId: '1', content: [] } }],
    ['a type that no list knows', { type: 'weatherTool', input: {} }],
    ['another one', { type: 'remote_function', input: {} }],
    ['and another', { type: 'asyncCall', input: {} }],
  ])('%s', (_, part) => {
    expect(measureMessages(user(part)).tools).toBe(true)
    expect(measureMessages([part]).tools).toBe(true)
  })

  test.each<[string, unknown]>([
    [
      'OpenAI Chat call',
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: '1', type: 'function', function: {} }],
      },
    ],
    ['OpenAI Chat result', { role: 'tool', tool_call_id: '1', content: 'x' }],
    [
      'OpenAI Chat, earlier call',
      { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
    ],
    ['OpenAI Chat, earlier result', { role: 'function', name: 'f', content: 'x' }],
    ['Mistral SDK', { role: 'assistant', content: '', toolCalls: [{ id: '1', function: {} }] }],
    ['Cohere', { role: 'assistant', tool_plan: 'first I ask', tool_calls: [{ id: '1' }] }],
    ['LangChain result', { content: 'r', additional_kwargs: {}, type: 'tool', tool_call_id: '1' }],
    [
      'LangChain call',
      {
        content: '',
        additional_kwargs: {},
        type: 'ai',
        tool_calls: [{ name: 'f', args: {}, type: 'tool_call' }],
      },
    ],
    [
      'LangChain, as OpenAI said it',
      {
        content: '',
        additional_kwargs: { function_call: { name: 'f' } },
        type: 'ai',
        tool_calls: [],
      },
    ],
    [
      'LlamaIndex',
      {
        role: 'assistant',
        content: '',
        options: { toolCall: [{ id: '1', name: 'f', input: {} }] },
      },
    ],
    ['AI SDK 4', { role: 'assistant', content: '', toolInvocations: [{ state: 'result' }] }],
  ])('%s', (_, message) => {
    expect(measureMessages([message]).tools).toBe(true)
  })

  test.each<[string, unknown]>([
    [
      'LangChain text',
      {
        lc_kwargs: { content: 'hi', tool_calls: [] },
        content: 'hi',
        additional_kwargs: {},
        type: 'ai',
        tool_calls: [],
        invalid_tool_calls: [],
      },
    ],
    [
      'OpenAI Chat text',
      {
        role: 'assistant',
        content: 'hi',
        refusal: null,
        tool_calls: undefined,
        function_call: null,
      },
    ],
    [
      'AI SDK reasoning',
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'hm' },
          { type: 'text', text: 'a tool, a call' },
        ],
      },
    ],
    [
      'Anthropic thinking',
      { role: 'assistant', content: [{ type: 'thinking', thinking: 'hm', signature: 'x' }] },
    ],
    ['OpenAI reasoning', { type: 'reasoning', id: '1', summary: [] }],
    [
      'OpenAI refusal',
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'No tools for that.' }] },
    ],
    ['OpenAI reference', { type: 'item_reference', id: 'msg_1' }],
    [
      'Anthropic search result',
      { role: 'user', content: [{ type: 'search_result', source: 'https://e.org', content: [] }] },
    ],
    ['Gemini thought', { role: 'model', parts: [{ text: 'hm', thought: true }] }],
    [
      'AI SDK sources',
      {
        role: 'assistant',
        parts: [
          { type: 'source-url', sourceId: '1', url: 'https://e.org/a.png' },
          { type: 'source-document', sourceId: '2', mediaType: 'image/png', title: 'x' },
        ],
      },
    ],
  ])('but not in %s', (_, message) => {
    expect(measureMessages([message])).toMatchObject({ tools: false, images: false })
  })
})

describe('an image is seen, and costs the same whatever its length', () => {
  test.each<[string, unknown]>([
    ['AI SDK URL', { type: 'file', mediaType: 'image/png', data: 'https://example.org/a.png' }],
    [
      'AI SDK 7 URL',
      {
        type: 'file',
        mediaType: 'image',
        data: { type: 'url', url: new URL('https://example.org/a') },
      },
    ],
    [
      'AI SDK 7 data',
      { type: 'file', mediaType: 'image/png', data: { type: 'data', data: bytes } },
    ],
    ['AI SDK UI', { type: 'file', mediaType: 'image/png', url: dataUrl('image/png') }],
    ['AI SDK data URL without media type', { type: 'file', data: dataUrl('image/png') }],
    ['AI SDK image', { type: 'image', image: BASE64 }],
    ['AI SDK buffer', { type: 'image', image: bytes.buffer }],
    [
      'AI SDK result',
      {
        type: 'tool-result',
        output: {
          type: 'content',
          value: [{ type: 'image-data', data: BASE64, mediaType: 'image/png' }],
        },
      },
    ],
    [
      'AI SDK 7 result of a provider',
      {
        ...{ type: 'tool-result', toolCallId: 'c', toolName: 'w' },
        output: {
          type: 'content',
          value: [{ type: 'image-file-reference', providerReference: { openai: 'file-1' } }],
        },
      },
    ],
    ['AI SDK 7 image of a provider', { type: 'image', image: { openai: 'file-1' } }],
    [
      'AI SDK 7 UI of a provider',
      { type: 'file', mediaType: 'image/png', url: '', providerReference: { openai: 'file-1' } },
    ],
    [
      'OpenAI Chat',
      { type: 'image_url', image_url: { url: dataUrl('image/jpeg'), detail: 'auto' } },
    ],
    [
      'OpenAI Responses',
      { type: 'input_image', image_url: 'https://example.org/a.png', detail: 'auto' },
    ],
    ['OpenAI Responses id', { type: 'input_image', file_id: 'file-1', detail: 'auto' }],
    [
      'OpenAI generated',
      { type: 'image_generation_call', id: '1', result: BASE64, status: 'completed' },
    ],
    [
      'OpenAI computer',
      {
        type: 'computer_call_output',
        call_id: '1',
        output: { type: 'computer_screenshot', image_url: dataUrl('image/png') },
      },
    ],
    [
      'Anthropic',
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: BASE64 } },
    ],
    ['Anthropic URL', { type: 'image', source: { type: 'url', url: 'https://example.org/a.png' } }],
    ['Anthropic id', { type: 'image', source: { type: 'file', file_id: 'file_1' } }],
    [
      'Anthropic in a result',
      {
        type: 'tool_result',
        tool_use_id: '1',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: BASE64 } },
        ],
      },
    ],
    ['Gemini', { inlineData: { mimeType: 'image/png', data: BASE64 } }],
    ['Gemini URI', { fileData: { mimeType: 'image/png', fileUri: 'gs://bucket/a.png' } }],
    ['Gemini, REST', { inline_data: { mime_type: 'image/png', data: BASE64 } }],
    [
      'Gemini in a result',
      {
        functionResponse: {
          ...{ name: 'f', response: { output: 'done' } },
          parts: [{ inlineData: { mimeType: 'image/png', data: BASE64 } }],
        },
      },
    ],
    ['Gemini step', { type: 'image', mime_type: 'image/png', uri: 'https://example.org/a.png' }],
    ['Bedrock', { image: { format: 'png', source: { bytes } } }],
    ['Mistral', { type: 'image_url', imageUrl: 'https://example.org/a.png' }],
    ['Ollama', { role: 'user', content: 'x', images: [BASE64] }],
    ['LangChain', { type: 'image', source_type: 'base64', mime_type: 'image/png', data: BASE64 }],
    ['LangChain 1', { type: 'image', mimeType: 'image/png', data: bytes }],
    ['LangChain, as OpenAI', { type: 'image_url', image_url: dataUrl('image/png') }],
    [
      'bytes as JSON',
      { type: 'image', image: { type: 'Buffer', data: Array.from({ length: 30_000 }, () => 7) } },
    ],
  ])('%s', (_, part) => {
    const needs = measureMessages(user(part))
    expect(needs.images).toBe(true)
    expect(needs.tokens).toBeGreaterThanOrEqual(1_000)
    expect(needs.tokens).toBeLessThan(1_100)
  })
})

describe('a document of 4 MB costs what its pages do', () => {
  test.each<[string, unknown]>([
    ['AI SDK', { type: 'file', mediaType: 'application/pdf', data: BASE64, filename: 'a.pdf' }],
    ['AI SDK bytes', { type: 'file', mediaType: 'application/pdf', data: bytes }],
    ['AI SDK buffer', { type: 'file', mediaType: 'application/pdf', data: Buffer.from(bytes) }],
    [
      'AI SDK 7',
      {
        type: 'file',
        mediaType: 'application/pdf',
        data: { type: 'url', url: dataUrl('application/pdf') },
      },
    ],
    [
      'AI SDK result',
      {
        type: 'tool-result',
        output: {
          type: 'content',
          value: [{ type: 'file-data', data: BASE64, mediaType: 'application/pdf' }],
        },
      },
    ],
    [
      'OpenAI Chat',
      { type: 'file', file: { filename: 'a.pdf', file_data: dataUrl('application/pdf') } },
    ],
    [
      'OpenAI Responses',
      { type: 'input_file', filename: 'a.pdf', file_data: dataUrl('application/pdf') },
    ],
    [
      'Anthropic',
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: BASE64 } },
    ],
    ['Gemini', { inlineData: { mimeType: 'application/pdf', data: BASE64 } }],
    ['Bedrock', { document: { format: 'pdf', name: 'a', source: { bytes } } }],
    ['Mistral', { type: 'document_url', documentUrl: dataUrl('application/pdf') }],
    ['LangChain', { type: 'file', mimeType: 'application/pdf', data: BASE64 }],
    ['bytes without a word', { content: bytes }],
  ])('%s', (_, part) => {
    const needs = measureMessages(user(part))
    expect(needs).toMatchObject({ images: false, readable: true })
    expect(needs.tokens).toBeGreaterThan(80_000)
    expect(needs.tokens).toBeLessThan(90_000)
  })

  test.each<[string, unknown]>([
    [
      'AI SDK URL',
      { type: 'file', mediaType: 'application/pdf', data: new URL('https://example.org/a.pdf') },
    ],
    [
      'AI SDK 7 reference',
      {
        type: 'file',
        mediaType: 'application/pdf',
        data: { type: 'reference', reference: { openai: 'file-1' } },
      },
    ],
    [
      'AI SDK 7 result of a provider',
      { type: 'file-reference', providerReference: { openai: 'file-1' } },
    ],
    ['OpenAI Responses id', { type: 'input_file', file_id: 'file-1' }],
    ['OpenAI Responses URL', { type: 'input_file', file_url: 'https://example.org/a.pdf' }],
    [
      'Anthropic URL',
      { type: 'document', source: { type: 'url', url: 'https://example.org/a.pdf' } },
    ],
    ['Anthropic id', { type: 'document', source: { type: 'file', file_id: 'file_1' } }],
    ['Gemini URI', { fileData: { mimeType: 'application/pdf', fileUri: 'gs://bucket/a.pdf' } }],
    ['Gemini URI of what, is not said', { fileData: { fileUri: 'https://youtu.be/x' } }],
    ['Gemini URI, REST', { file_data: { file_uri: 'https://youtu.be/x' } }],
    [
      'Bedrock S3',
      { document: { format: 'pdf', name: 'a', source: { s3Location: { uri: 's3://b/a.pdf' } } } },
    ],
  ])('and a page where its size is not known: %s', (_, part) => {
    const { tokens } = measureMessages(user(part))
    expect(tokens).toBeGreaterThanOrEqual(2_000)
    expect(tokens).toBeLessThan(2_100)
  })
})

test.each<[string, unknown]>([
  ['AI SDK', { type: 'file', mediaType: 'audio/mpeg', data: BASE64 }],
  ['AI SDK, first word', { type: 'file', mediaType: 'audio', data: bytes }],
  ['OpenAI Chat', { type: 'input_audio', input_audio: { data: BASE64, format: 'wav' } }],
  ['Gemini', { inlineData: { mimeType: 'audio/ogg', data: BASE64 } }],
  ['Bedrock', { audio: { format: 'mp3', source: { bytes } } }],
  ['OpenAI Chat answer', { role: 'assistant', audio: { id: 'a', data: BASE64, transcript: 'x' } }],
  ['LangChain', { type: 'audio', mimeType: 'audio/wav', data: BASE64 }],
])('audio of 4 MB costs what its seconds do: %s', (_, part) => {
  const needs = measureMessages(user(part))
  expect(needs.images).toBe(false)
  expect(needs.tokens).toBeGreaterThan(8_000)
  expect(needs.tokens).toBeLessThan(9_000)
})

test.each<[string, unknown]>([
  ['Gemini', { inlineData: { mimeType: 'video/mp4', data: BASE64 } }],
  ['Bedrock', { video: { format: 'mp4', source: { bytes } } }],
  ['AI SDK', { type: 'file', mediaType: 'video/mp4', data: bytes }],
])('video of 4 MB costs what its seconds do: %s', (_, part) => {
  const { tokens } = measureMessages(parts(part))
  expect(tokens).toBeGreaterThan(3_000)
  expect(tokens).toBeLessThan(6_000)
})

test('a file of text costs what its text does', () => {
  const text = 'Some words of a file. '.repeat(1_000)
  for (const part of [
    { type: 'document', source: { type: 'text', media_type: 'text/plain', data: text } },
    { type: 'document', source: { type: 'content', content: [{ type: 'text', text }] } },
    { type: 'file', mediaType: 'text/plain', data: { type: 'text', text } },
    { type: 'file', mediaType: 'application/json', data: new TextEncoder().encode(text) },
  ]) {
    const { tokens } = measureMessages(user(part))
    expect(tokens).toBeGreaterThan(5_400)
    expect(tokens).toBeLessThan(5_700)
  }
})

test('a great file never takes the place of every model', () => {
  const part = { type: 'file', mediaType: 'application/pdf', data: new Uint8Array(60_000_000) }
  expect(measureMessages(user(part)).tokens).toBeLessThan(101_000)
})

test('text that looks like a file is text', () => {
  for (const content of [
    BASE64,
    dataUrl('image/png'),
    [{ type: 'text', text: dataUrl('image/png') }],
  ]) {
    const needs = measureMessages([{ role: 'user', content }])
    expect(needs.images).toBe(false)
    expect(needs.tokens).toBeGreaterThan(1_000_000)
  }
})

test.each<[string, (value: object) => unknown]>([
  ['AI SDK call', (input) => ({ type: 'tool-call', toolCallId: 'c', toolName: 'f', input })],
  ['AI SDK UI call', (input) => ({ type: 'tool-f', state: 'input-available', input })],
  ['AI SDK result', (value) => ({ type: 'tool-result', output: { type: 'json', value } })],
  ['AI SDK error', (value) => ({ type: 'tool-result', output: { type: 'error-json', value } })],
  ['AI SDK 4', (args) => ({ type: 'tool-invocation', toolInvocation: { state: 'call', args } })],
  ['Anthropic', (input) => ({ type: 'tool_use', id: '1', name: 'f', input })],
  ['Gemini call', (args) => ({ functionCall: { name: 'f', args } })],
  ['Gemini result', (response) => ({ functionResponse: { name: 'f', response } })],
  ['Gemini step', (args) => ({ type: 'function_call', id: '1', name: 'f', arguments: args })],
  ['Bedrock call', (input) => ({ toolUse: { toolUseId: '1', name: 'f', input } })],
  ['Bedrock result', (value) => ({ toolResult: { toolUseId: '1', content: [{ json: value }] } })],
  ['LangChain', (args) => ({ type: 'tool_call', id: '1', name: 'f', args })],
])('a word in the JSON of a tool is no file: %s', (_, partOf) => {
  const json = {
    ...{ type: 'image', image: { format: 'png' }, images: ['a.png'], mediaType: 'image/png' },
    blocks: [{ type: 'image', image_url: 'https://example.org/a.png' }, { type: 'document' }],
    ...{ video: null, file: { type: 'file' }, audio: { id: 'a' }, lc_kwargs: 'x'.repeat(400) },
  }
  const needs = measureMessages(user(partOf(json)))
  expect(needs).toMatchObject({ images: false, tools: true })
  expect(needs.tokens).toBeGreaterThan(100)
  expect(needs.tokens).toBeLessThan(150)
})

test.each<[string, unknown]>([
  ['Anthropic', { type: 'thinking', thinking: 'hm', signature: BASE64 }],
  ['Gemini', { text: 'hm', thought: true, thoughtSignature: BASE64 }],
])('the signature of a thought is no text: %s', (_, part) => {
  expect(measureMessages(user(part)).tokens).toBeLessThan(20)
})
