import fc from 'fast-check'
import { expect, test } from 'vitest'
import { measureMessages } from './message-needs.ts'

test('text counts a quarter of its UTF-8 bytes', () => {
  expect(measureMessages('x'.repeat(4_000)).tokens).toBe(1_004)
  expect(measureMessages('語'.repeat(4_000)).tokens).toBe(3_004)
})

test('parts of messages count like the text they hold', () => {
  const text = 'y'.repeat(8_000)
  const plain = measureMessages([{ role: 'user', content: text }])
  expect(measureMessages([{ role: 'user', content: [{ type: 'text', text }] }])).toEqual(plain)
  expect(plain.tokens).toBe(2_004)
})

test.each([
  [
    'Anthropic',
    {
      type: 'image',
      source: { type: 'base64', media_type: 'image/png', data: 'A'.repeat(400_000) },
    },
  ],
  [
    'OpenAI chat',
    { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(400_000)}` } },
  ],
  ['OpenAI responses', { type: 'input_image', image_url: 'https://example.org/cat.png' }],
  ['Gemini', { inlineData: { mimeType: 'image/jpeg', data: 'A'.repeat(400_000) } }],
  ['AI SDK image', { type: 'image', image: new Uint8Array(400_000) }],
  ['AI SDK file', { type: 'file', mediaType: 'image/webp', data: new Uint8Array(400_000) }],
])('an image in the shape of %s is an image, and its data no text', (_, part) => {
  const needs = measureMessages([{ role: 'user', content: [part] }])
  expect(needs.images).toBe(true)
  expect(needs.tokens).toBeLessThan(1_100)
})

test.each([
  [{ role: 'assistant', tool_calls: [{ id: '1', function: { name: 'f', arguments: '{}' } }] }],
  [{ role: 'tool', content: 'done' }],
  [{ role: 'user', content: [{ type: 'tool_result', content: 'done' }] }],
  [{ type: 'function_call', name: 'f', arguments: '{}' }],
])('a tool call is seen in %j', (message) => {
  expect(measureMessages([message]).tools).toBe(true)
})

test('plain messages need neither images nor tools', () => {
  const needs = measureMessages([{ role: 'user', content: 'hello' }, 'there'])
  expect(needs).toMatchObject({ images: false, tools: false, readable: true })
})

test('a list too long to read is extrapolated from what was read', () => {
  const messages = new Array(100_000).fill({ role: 'user', content: 'z'.repeat(400) })
  const { tokens } = measureMessages(messages)
  expect(tokens).toBeGreaterThan(9_000_000)
  expect(tokens).toBeLessThan(12_000_000)
})

test('text beyond what is measured is taken to be like the text before', () => {
  const messages = [...new Array(64).fill('é'.repeat(65_536)), 'z'.repeat(1_000_000)]
  const { tokens } = measureMessages(messages)
  expect(tokens).toBe((64 * 65_536 * 2 + 2 * 1_000_000) / 4 + 65 * 4)
})

test('a length that is none is a number of tokens all the same', () => {
  for (const length of [Number.POSITIVE_INFINITY, Number.NaN, 1e300]) {
    const get = (_: unknown, name: PropertyKey) => (name === 'length' ? length : undefined)
    expect(measureMessages(new Proxy([], { get })).tokens).toBe(1e12)
  }
})

test.each(['content', 'input'])('circular and endless %s ends', (name) => {
  const circular: Record<string, unknown> = { role: 'user' }
  circular[name] = [circular, circular, new Array(100_000).fill({ [name]: 'x' })]
  expect(measureMessages([circular]).readable).toBe(true)
})

test('what is no message is reported, and nothing throws', () => {
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error('no')
      },
      ownKeys: () => {
        throw new Error('no')
      },
    },
  )
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const calls = [{ type: 'tool_use', input: hostile }, { functionCall: { args: proxy } }]
  for (const messages of [undefined, null, 5, Symbol('s'), [hostile], proxy, ...calls]) {
    expect(measureMessages(messages).readable).toBe(false)
  }
  fc.assert(
    fc.property(fc.anything(), (anything) => {
      expect(measureMessages(anything).tokens).toBeGreaterThanOrEqual(0)
    }),
  )
})

test('where any number of bytes is plenty characters are counted, and never more than there are bytes', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constant('語'.repeat(50)))
  const message = fc.oneof(text, fc.record({ role: text, content: fc.oneof(text, fc.array(text)) }))
  const plenties = fc.oneof(fc.nat(200), fc.constantFrom(0, Number.POSITIVE_INFINITY))
  fc.assert(
    fc.property(fc.oneof(message, fc.array(message)), plenties, (messages, plenty) => {
      const exact = measureMessages(messages)
      const { tokens, bytes, ...others } = measureMessages(messages, plenty)
      expect(others).toEqual({ images: exact.images, tools: exact.tools, readable: exact.readable })
      expect(tokens).toBeLessThanOrEqual(exact.tokens)
      expect(bytes).toBeLessThanOrEqual(exact.bytes)
      expect(tokens <= plenty).toBe(exact.tokens <= plenty)
      if (exact.tokens > plenty) expect(tokens).toBe(exact.tokens)
    }),
    { numRuns: 2_000 },
  )
})
