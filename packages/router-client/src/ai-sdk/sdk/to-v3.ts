// Models of the AI SDK 6 beside ones of 7, in the AI SDK 7: what differs between V4 and V3 is how files are written. The SDK itself
// does the same for a model of 6 that it is given.
import type { Message, Part } from './sdk-types.ts'

interface FileData {
  readonly type: string
  readonly data?: unknown
  readonly url?: unknown
  readonly reference?: unknown
}

export function asV3Prompt(prompt: readonly Message[]): readonly Message[] {
  return prompt.map((message) =>
    typeof message.content === 'string'
      ? message
      : { ...message, content: message.content.map(asV3Part) },
  )
}

/** A file of an answer, or of a stream. */
export function asV4File<Of extends { readonly type: string }>(part: Of): Of {
  return part.type === 'file'
    ? { ...part, data: { type: 'data', data: Reflect.get(part, 'data') } }
    : part
}

function asV3Part(part: Part): Part {
  if (part.type === 'file') return { ...part, data: asV3Data(part['data'] as FileData) }
  if (part.type !== 'tool-result') return part
  const output = part['output'] as { readonly type: string; readonly value: readonly Part[] }
  if (output.type !== 'content') return part
  return { ...part, output: { ...output, value: output.value.map(asV3Output) } }
}

function asV3Data(data: FileData): unknown {
  if (data.type === 'data') return data.data
  return data.type === 'url' ? data.url : data
}

function asV3Output(part: Part): Part {
  if (part.type !== 'file') return part
  const { data: file, mediaType, filename, providerOptions } = part
  const { type, data, url, reference } = file as FileData
  if (type === 'url') return { type: 'file-url', url: String(url), providerOptions }
  if (type === 'reference') return { type: 'file-id', fileId: reference, providerOptions }
  if (type !== 'data') return part
  const base64 = data instanceof Uint8Array ? toBase64(data) : data
  return { type: 'file-data', data: base64, mediaType, filename, providerOptions }
}

function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}
