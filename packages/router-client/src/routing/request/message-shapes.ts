// The one table of what files and tools look like in the messages of today's SDKs: AI SDK, OpenAI, Anthropic, Gemini,
// Bedrock, Mistral, Cohere, LangChain, Mastra, LlamaIndex. A new shape is a row here, and a recorded message in
// message-shapes.test.ts.
import { isRecord } from '../../runtime/unknown-value.ts'

/**
 * What a part holds. Text costs by its length alone, and so does JSON: what a tool takes or returns, where a member called
 * `image` is a word and no picture.
 */
export type PartKind = 'image' | 'audio' | 'video' | 'document' | 'text' | 'json'

/** By `type`, with `_` as well as `-`. Of a document, a media type says more. */
const partTypes = bothWays({
  image: [
    ...['image', 'image-url', 'image-data', 'image-file', 'image-file-id', 'image-file-reference'],
    // The pictures that tools return.
    ...['input-image', 'image-generation-call', 'computer-screenshot'],
  ],
  audio: ['audio', 'audio-url', 'input-audio', 'output-audio'],
  video: ['video', 'video-url', 'input-video'],
  document: [
    ...['file', 'file-data', 'file-url', 'file-id', 'file-reference', 'input-file'],
    ...['reasoning-file', 'document', 'document-url', 'media', 'container-upload'],
  ],
  // The last one names a file without holding it.
  text: ['text', 'input-text', 'output-text', 'source-document'],
  json: ['json', 'error-json'],
})

/** A word of a type that says tool, and the end of a type that no list knows yet. */
const TOOL_TYPE =
  /(?:^|[-_])(?:tools?|call|function|mcp|program)(?:[-_]|$)|(?:tool|call|function)$/i
const TOOL_ROLE = /tool|function/i

/** What a field says by its name; of a named kind the value is a file if it has a `format`, or bytes. */
type FieldShape = 'unread' | 'tool' | 'named kind' | 'document' | 'json'

const fields = new Map<string, FieldShape>([
  // What others say again, or what says nothing to a model.
  ...shaped('unread', ['lc_kwargs', 'lc_namespace']),
  ...shaped('unread', ['signature', 'thoughtSignature', 'thought_signature']),
  ...shaped('tool', ['tool_calls', 'toolCalls', 'toolInvocations', 'toolInvocation', 'tool_plan']),
  ...shaped('tool', ['tool_call_id', 'toolCallId', 'tool_results', 'toolResults']),
  ...shaped('tool', ['function_call', 'functionCall', 'function_response', 'functionResponse']),
  ...shaped('tool', ['toolUse', 'toolResult', 'toolCall', 'toolResponse']),
  ...shaped('tool', ['executable_code', 'executableCode']),
  ...shaped('tool', ['code_execution_result', 'codeExecutionResult']),
  ...shaped('json', ['input', 'rawInput', 'args', 'arguments', 'response', 'json']),
  ...shaped('document', ['fileData', 'file_data']),
  ...shaped('named kind', ['image', 'images', 'audio', 'video', 'document']),
])

/** Fields by which a part says what it is. Reading them by name is fast. */
export interface TellingFields {
  readonly type?: unknown
  readonly role?: unknown
  readonly mediaType?: unknown
  readonly mimeType?: unknown
  readonly media_type?: unknown
  readonly mime_type?: unknown
  readonly contentType?: unknown
}

/** What a part holds; undefined where it does not say. */
export function kindOf(part: TellingFields): PartKind | undefined {
  const { type } = part
  const byType = typeof type === 'string' ? partTypes.get(type) : undefined
  if (byType !== undefined && byType !== 'document') return byType
  const mediaType =
    part.mediaType ?? part.mimeType ?? part.media_type ?? part.mime_type ?? part.contentType
  return typeof mediaType === 'string' && mediaType !== '' ? kindOfMedia(mediaType) : byType
}

/** Of a media type, whole (`image/png`) or its first word alone. */
export function kindOfMedia(mediaType: string): PartKind {
  const top = /^(image|audio|video|text)(?:\/|$)/i.exec(mediaType)?.[1]?.toLowerCase()
  if (top === 'image' || top === 'audio' || top === 'video' || top === 'text') return top
  return /json|xml|yaml|csv|javascript/i.test(mediaType) ? 'text' : 'document'
}

/** Undefined where the name says nothing. */
export function shapeOfField(name: string): FieldShape | undefined {
  return fields.get(name)
}

/** What the files in a field of this shape are. */
export function kindOfField(shape: FieldShape, name: string): PartKind | undefined {
  if (shape === 'document' || shape === 'json') return shape
  return shape === 'named kind' ? kindOfMedia(name.replace(/s$/, '')) : undefined
}

/** Whether a field stands for a file even where its bytes are elsewhere. */
export function namesFile(shape: FieldShape | undefined, value: unknown): boolean {
  if (shape === 'document') return isPresent(value)
  return shape === 'named kind' && isRecord(value) && typeof value['format'] === 'string'
}

export function saysTool({ type, role }: TellingFields): boolean {
  if (typeof type === 'string') {
    const kind = partTypes.get(type)
    // A picture may be what a tool has made.
    if ((kind === undefined || kind === 'image') && TOOL_TYPE.test(type)) return true
  }
  return typeof role === 'string' && role !== 'user' && role !== 'assistant' && TOOL_ROLE.test(role)
}

export function isPresent(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false
  return !Array.isArray(value) || value.length > 0
}

type FileKind = Exclude<PartKind, 'text' | 'json'>

interface FileCost {
  /** Tokens of a file of which nothing else is known. */
  readonly least: number
  readonly perByte: number
}

/**
 * What files cost, by what the providers state: an image 258 tokens a tile (Gemini) to about 1,600 (Anthropic); a page of a
 * PDF 1,500 to 3,000 (Anthropic), as 100 kB; a second of audio 32 (Gemini), as 16 kB; a second of video 263 (Gemini), as
 * 250 kB. The sizes are guesses: only the file itself has its pages and seconds.
 */
const fileCosts: Readonly<Record<FileKind, FileCost>> = {
  image: { least: 1_000, perByte: 0 },
  document: { least: 2_000, perByte: 2_000 / 100_000 },
  audio: { least: 1_000, perByte: 32 / 16_000 },
  video: { least: 3_000, perByte: 263 / 250_000 },
}
/** 50 pages: a file of more bytes has greater pictures, more often than more pages. */
const MOST_FILE_TOKENS = 100_000

export function isFile(kind: PartKind): kind is FileKind {
  return kind !== 'text' && kind !== 'json'
}

export function fileTokens(kind: FileKind, bytes: number): number {
  const { least, perByte } = fileCosts[kind]
  return Math.min(MOST_FILE_TOKENS, Math.max(least, perByte * bytes))
}

function shaped(shape: FieldShape, names: readonly string[]): [string, FieldShape][] {
  return names.map((name) => [name, shape])
}

function bothWays(types: Readonly<Record<PartKind, readonly string[]>>): Map<string, PartKind> {
  const kinds: readonly PartKind[] = ['image', 'audio', 'video', 'document', 'text', 'json']
  return new Map(
    kinds.flatMap((kind) =>
      types[kind].flatMap((type): [string, PartKind][] => [
        [type, kind],
        [type.replaceAll('-', '_'), kind],
      ]),
    ),
  )
}
