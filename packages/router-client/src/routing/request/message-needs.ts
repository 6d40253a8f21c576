import { isRecord } from '../../runtime/unknown-value.ts'
import {
  fileTokens,
  isFile,
  isPresent,
  kindOf,
  kindOfField,
  kindOfMedia,
  namesFile,
  type PartKind,
  saysTool,
  shapeOfField,
} from './message-shapes.ts'

/** What the messages of a request need from a model. */
export interface Needs {
  /**
   * Estimated tokens: a quarter of the UTF-8 bytes of text, and what files of this size usually cost. If the number does
   * not matter whatever the bytes are, a quarter of the characters: a lower bound.
   */
  readonly tokens: number
  /** What texts and files take in memory, about. */
  readonly bytes: number
  readonly images: boolean
  readonly tools: boolean
}

export interface MessageNeeds extends Needs {
  /** False if the messages are not a string, a message or a list of messages, or could not be read. */
  readonly readable: boolean
}

const BYTES_PER_TOKEN = 4
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

/** A shorter text is no file. */
const LEAST_FILE_CHARS = 256
const BASE64 = /^[\w+/=-]*$/
const DATA_URL = /^data:([^;,]{0,100})/i
/** Bytes that a character of base64 stands for. */
const BYTES_PER_BASE64_CHAR = 0.75

/** Faster than Object.hasOwn in a loop over an object's fields: V8 needs no lookup. */
const { hasOwnProperty: hasOwn } = Object.prototype

interface Tally {
  /** Counts bytes instead of characters. */
  readonly exact: boolean
  bytes: number
  /** Parts whose content was found, and what they cost. */
  files: number
  fileTokens: number
  fileBytes: number
  images: boolean
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
  return { tokens, bytes: length, images: false, tools: false, readable: true }
}

function createTally(exact: boolean): Tally {
  return {
    exact,
    bytes: 0,
    files: 0,
    fileTokens: 0,
    fileBytes: 0,
    images: false,
    tools: false,
    values: 0,
    exactChars: 0,
    exactBytes: 0,
  }
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
  const tokens = bytes / BYTES_PER_TOKEN + tally.fileTokens + messages * TOKENS_PER_MESSAGE
  return {
    tokens: tokens < MAX_TOKENS ? Math.ceil(tokens) : MAX_TOKENS,
    bytes: Math.min(bytes + tally.fileBytes, MAX_TOKENS),
    images: tally.images,
    tools: tally.tools,
    readable,
  }
}

/** @param kind What the part that holds the value is. */
function measure(value: unknown, tally: Tally, depth: number, kind?: PartKind): void {
  tally.values += 1
  if (tally.values > MAX_VALUES || depth > MAX_DEPTH) return
  if (typeof value === 'string') {
    measureText(value, tally, kind)
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    addFile(kind ?? 'document', value.byteLength, tally)
  } else if (value instanceof URL) {
    measureText(value.href, tally, kind)
  } else if (Array.isArray(value)) {
    measureList(value, tally, depth, kind)
  } else if (isRecord(value)) measureObject(value, tally, depth, kind)
}

function measureList(
  list: readonly unknown[],
  tally: Tally,
  depth: number,
  kind: PartKind | undefined,
): void {
  // Bytes, as JSON says them.
  if (kind !== undefined && list.length > LEAST_FILE_CHARS && typeof list[0] === 'number') {
    addFile(kind, list.length, tally)
    return
  }
  for (let at = 0; at < list.length && tally.values <= MAX_VALUES; at += 1) {
    measure(list[at], tally, depth + 1, kind)
  }
}

function measureObject(
  value: Record<string, unknown>,
  tally: Tally,
  depth: number,
  inherited: PartKind | undefined,
): void {
  if (inherited === 'json') {
    for (const name in value) {
      if (tally.values > MAX_VALUES) return
      if (hasOwn.call(value, name)) measure(value[name], tally, depth + 1, inherited)
    }
    return
  }
  tally.tools ||= saysTool(value)
  const stated = kindOf(value)
  // A file of an image is an image.
  const own = stated === 'document' ? (inherited ?? stated) : stated
  const before = tally.files
  for (const name in value) {
    if (name === 'role' || name === 'type') continue
    // What most messages have needs no look-up.
    const shape = name === 'content' || name === 'text' ? undefined : shapeOfField(name)
    if (shape === 'unread' || !hasOwn.call(value, name)) continue
    if (tally.values > MAX_VALUES) return
    const inner = value[name]
    if (shape === 'tool') tally.tools ||= isPresent(inner)
    const ofField = shape && kindOfField(shape, name)
    measure(inner, tally, depth + 1, ofField ?? own ?? inherited)
    if (ofField && tally.files === before && namesFile(shape, inner)) addFile(ofField, 0, tally)
  }
  // Its content is elsewhere, behind a URL or an id, or it is text and was counted.
  if (own !== undefined && tally.files === before) addFile(own, 0, tally)
}

/** A text, or a file in the form of one. */
function measureText(text: string, tally: Tally, kind: PartKind | undefined): void {
  if (kind !== undefined && isFile(kind)) {
    const start = text.slice(0, LEAST_FILE_CHARS)
    const mediaType = DATA_URL.exec(start)?.[1]
    if (mediaType !== undefined || (text.length > LEAST_FILE_CHARS && BASE64.test(start))) {
      const stated = mediaType === undefined || mediaType === '' ? kind : kindOfMedia(mediaType)
      addFile(stated, text.length * BYTES_PER_BASE64_CHAR, tally)
      return
    }
  }
  tally.bytes += utf8Bytes(text, tally)
}

function addFile(kind: PartKind, bytes: number, tally: Tally): void {
  tally.files += 1
  tally.fileBytes += bytes
  if (isFile(kind)) tally.fileTokens += fileTokens(kind, bytes)
  else tally.bytes += bytes
  if (kind === 'image') tally.images = true
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
