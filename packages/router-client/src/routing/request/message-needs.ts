import { isRecord } from '../../runtime/unknown-value.ts'

/** What the messages of a request need from a model. */
export interface Needs {
  /**
   * Estimated tokens: a quarter of the UTF-8 bytes, and a flat figure for an image. If the number does not matter
   * whatever the bytes are, a quarter of the characters: a lower bound.
   */
  readonly tokens: number
  readonly images: boolean
  readonly tools: boolean
}

export interface MessageNeeds extends Needs {
  /** False if the messages are not a string, a message or a list of messages, or could not be read. */
  readonly readable: boolean
}

const BYTES_PER_TOKEN = 4
const TOKENS_PER_IMAGE = 1_000
const TOKENS_PER_MESSAGE = 4
/** In UTF-8, and at least one. */
const MOST_BYTES_PER_CHAR = 3
/** Values that are read. A longer list of messages is extrapolated from the ones that were read. */
const MAX_VALUES = 20_000
const MAX_DEPTH = 12
/** Longer strings are extrapolated from their beginning. */
const EXACT_CHARS = 65_536
/**
 * After this many, the rest is extrapolated from them. A string of more is not read at all: V8 would copy it whole
 * first, and it fits no context anyway.
 */
const EXACT_CHARS_IN_ALL = 4_194_304
/** Bounds hostile lengths, so that sums of tokens stay exact. */
const MAX_TOKENS = 1e12

const imageTypes = new Set(['image', 'image_url', 'input_image', 'image-url', 'input-image'])
const toolTypes = new Set([
  'tool_use',
  'tool_result',
  'tool-call',
  'tool-result',
  'tool_call',
  'function_call',
  'function_call_output',
])

/** Faster than Object.hasOwn in a loop over an object's fields: V8 needs no lookup. */
const { hasOwnProperty: hasOwn } = Object.prototype

interface Tally {
  /** Counts bytes instead of characters. */
  readonly exact: boolean
  bytes: number
  images: number
  tools: boolean
  values: number
  /** Characters whose bytes were counted, and these bytes. */
  exactChars: number
  exactBytes: number
}

/**
 * Measures messages in the shapes of the common SDKs, with bounded work for any value. Never throws: a value
 * that cannot be read counts as nothing and is reported.
 *
 * @param plenty Up to this many tokens the exact number does not matter. Default: it always matters.
 */
export function measureMessages(messages: unknown, plenty = -1): MessageNeeds {
  if (plenty >= 0) {
    const rough =
      typeof messages === 'string' ? textNeeds(messages) : measureAll(messages, createTally(false))
    if (rough.tokens * MOST_BYTES_PER_CHAR <= plenty) return rough
  }
  return measureAll(messages, createTally(true))
}

/** `measureAll` of a string in characters, which is the most common case. */
function textNeeds({ length }: string): MessageNeeds {
  const tokens = Math.ceil(length / BYTES_PER_TOKEN + TOKENS_PER_MESSAGE)
  return { tokens, images: false, tools: false, readable: true }
}

function createTally(exact: boolean): Tally {
  return { exact, bytes: 0, images: 0, tools: false, values: 0, exactChars: 0, exactBytes: 0 }
}

function measureAll(messages: unknown, tally: Tally): MessageNeeds {
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
  if (isRecord(value)) measureObject(value, tally, depth)
}

function measureObject(value: Record<string, unknown>, tally: Tally, depth: number): void {
  if (isImage(value)) {
    // Its data is not text: an image costs about the same whatever the length of its encoding.
    tally.images += 1
    return
  }
  tally.tools ||= isToolUse(value)
  for (const name in value) {
    if (name === 'role' || name === 'type' || !hasOwn.call(value, name)) continue
    if (tally.values > MAX_VALUES) return
    measure(value[name], tally, depth + 1)
  }
}

/** Fields that mark images and tool calls. Reading them by name is fast. */
interface TellingFields {
  readonly type?: unknown
  readonly role?: unknown
  readonly mediaType?: unknown
  readonly mimeType?: unknown
  readonly mime_type?: unknown
  readonly media_type?: unknown
  readonly image_url?: unknown
  readonly inlineData?: unknown
  readonly inline_data?: unknown
  readonly image?: unknown
  readonly source?: unknown
  readonly functionCall?: unknown
  readonly tool_calls?: unknown
}

function isImage(value: TellingFields): boolean {
  const { type } = value
  return (
    (typeof type === 'string' && imageTypes.has(type)) ||
    isImageMime(value.mediaType) ||
    isImageMime(value.mimeType) ||
    value.image_url !== undefined ||
    holdsImage(value.inlineData) ||
    holdsImage(value.inline_data) ||
    holdsImage(value.image) ||
    holdsImage(value.source)
  )
}

function holdsImage(inner: unknown): boolean {
  if (typeof inner !== 'object' || inner === null) return false
  const { mimeType, mime_type, media_type }: TellingFields = inner
  return isImageMime(mimeType) || isImageMime(mime_type) || isImageMime(media_type)
}

function isImageMime(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('image/')
}

function isToolUse(value: TellingFields): boolean {
  const { type, tool_calls: calls } = value
  if (typeof type === 'string' && toolTypes.has(type)) return true
  if (value.role === 'tool' || value.functionCall !== undefined) return true
  return Array.isArray(calls) && calls.length > 0
}

function utf8Bytes(text: string, tally: Tally): number {
  if (!tally.exact || text.length > EXACT_CHARS_IN_ALL) return text.length
  if (tally.exactChars >= EXACT_CHARS_IN_ALL) {
    return (tally.exactBytes / tally.exactChars) * text.length
  }
  const exact = text.length <= EXACT_CHARS ? text : text.slice(0, EXACT_CHARS)
  const bytes = Buffer.byteLength(exact)
  tally.exactChars += exact.length
  tally.exactBytes += bytes
  return exact === text ? bytes : (bytes / EXACT_CHARS) * text.length
}
