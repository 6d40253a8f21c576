/** What a request needs of a model, as far as its messages tell. */
export interface MessageNeeds {
  /** Estimated tokens: a quarter of the UTF-8 bytes, and a flat figure for an image. */
  readonly tokens: number
  readonly images: boolean
  readonly tools: boolean
  /** False when the messages were no string, message or list of them, or could not be read. */
  readonly readable: boolean
}

const BYTES_PER_TOKEN = 4
const TOKENS_PER_IMAGE = 1_000
const TOKENS_PER_MESSAGE = 4
/** Values looked at; a longer list of messages is extrapolated from those seen. */
const MAX_VALUES = 20_000
const MAX_DEPTH = 12
/** Longer strings are measured by their beginning. */
const EXACT_CHARS = 65_536
/** Once so many were measured, the rest is taken to be like them. */
const EXACT_CHARS_IN_ALL = 4_194_304
/** What hostile lengths come to, so that sums of tokens stay exact. */
const MAX_TOKENS = 1e12

const imageTypes = new Set(['image', 'image_url', 'input_image', 'image-url', 'input-image'])
const imageFields = ['image_url', 'inlineData', 'inline_data', 'image', 'source'] as const
const toolTypes = new Set([
  'tool_use',
  'tool_result',
  'tool-call',
  'tool-result',
  'tool_call',
  'function_call',
  'function_call_output',
])

interface Tally {
  bytes: number
  images: number
  tools: boolean
  values: number
  /** Characters that were measured, and their bytes. */
  exactChars: number
  exactBytes: number
}

/**
 * Measures messages of the common SDKs' shapes with bounded work, whatever they are. Never throws:
 * what cannot be read counts for nothing and is reported.
 */
export function measureMessages(messages: unknown): MessageNeeds {
  const tally: Tally = {
    bytes: 0,
    images: 0,
    tools: false,
    values: 0,
    exactChars: 0,
    exactBytes: 0,
  }
  try {
    if (typeof messages === 'string') {
      return needs(utf8Bytes(messages, tally), tally, 1, true)
    }
    if (typeof messages !== 'object' || messages === null) return needs(0, tally, 0, false)
    if (!Array.isArray(messages)) {
      measure(messages, tally, 0)
      return needs(tally.bytes, tally, 1, true)
    }
    const count = messages.length
    let seen = 0
    while (seen < count && tally.values < MAX_VALUES) {
      measure(messages[seen], tally, 0)
      seen += 1
    }
    return needs(seen === 0 ? 0 : (tally.bytes / seen) * count, tally, count, true)
  } catch {
    return needs(tally.bytes, tally, 0, false)
  }
}

function needs(bytes: number, tally: Tally, messages: number, readable: boolean): MessageNeeds {
  const tokens =
    bytes / BYTES_PER_TOKEN + tally.images * TOKENS_PER_IMAGE + messages * TOKENS_PER_MESSAGE
  return {
    tokens: tokens < MAX_TOKENS ? Math.ceil(tokens) : MAX_TOKENS,
    images: tally.images > 0,
    tools: tally.tools,
    readable,
  }
}

function measure(value: unknown, tally: Tally, depth: number): void {
  tally.values += 1
  if (tally.values > MAX_VALUES || depth > MAX_DEPTH) return
  if (typeof value === 'string') {
    tally.bytes += utf8Bytes(value, tally)
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    tally.bytes += value.byteLength
    return
  }
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length && tally.values <= MAX_VALUES; at += 1) {
      measure(value[at], tally, depth + 1)
    }
    return
  }
  measureObject(value, tally, depth)
}

function measureObject(value: object, tally: Tally, depth: number): void {
  if (isImage(value)) {
    // Its data is no text: a picture costs about the same whatever its encoding's length.
    tally.images += 1
    return
  }
  tally.tools ||= isToolUse(value)
  for (const name in value) {
    if (!Object.hasOwn(value, name) || name === 'role' || name === 'type') continue
    if (tally.values > MAX_VALUES) return
    measure(field(value, name), tally, depth + 1)
  }
}

function isImage(value: object): boolean {
  const type = field(value, 'type')
  if (typeof type === 'string' && imageTypes.has(type)) return true
  if (isImageMime(field(value, 'mediaType')) || isImageMime(field(value, 'mimeType'))) return true
  return imageFields.some((name) => {
    if (name === 'image_url') return field(value, name) !== undefined
    const inner = field(value, name)
    if (typeof inner !== 'object' || inner === null) return false
    return ['mimeType', 'mime_type', 'media_type'].some((mime) => isImageMime(field(inner, mime)))
  })
}

function isImageMime(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('image/')
}

function isToolUse(value: object): boolean {
  const type = field(value, 'type')
  if (typeof type === 'string' && toolTypes.has(type)) return true
  if (field(value, 'role') === 'tool' || field(value, 'functionCall') !== undefined) return true
  const calls = field(value, 'tool_calls')
  return Array.isArray(calls) && calls.length > 0
}

function field(value: object, name: string): unknown {
  return Reflect.get(value, name)
}

function utf8Bytes(text: string, tally: Tally): number {
  if (tally.exactChars >= EXACT_CHARS_IN_ALL) {
    return (tally.exactBytes / tally.exactChars) * text.length
  }
  const exact = text.length <= EXACT_CHARS ? text : text.slice(0, EXACT_CHARS)
  const bytes = Buffer.byteLength(exact)
  tally.exactChars += exact.length
  tally.exactBytes += bytes
  return exact === text ? bytes : (bytes / EXACT_CHARS) * text.length
}
