// What an answer is encoded in, and its text.
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { errorBodySchema } from '@winrate/shared-schema/contracts'
import { describeCause, parseJson } from '../runtime/unknown-value.ts'

type Headers = IncomingMessage['headers']

const MAX_BODY_BYTES = 64 * 1024 * 1024
const MAX_REFUSAL_BYTES = 16_384

/** How a body is encoded; undefined if in a way that was not asked for, which a proxy may do. */
export function contentCoding(headers: Headers): 'gzip' | 'identity' | undefined {
  const codings = (headers['content-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity')
  if (codings.length === 0) return 'identity'
  return codings.length === 1 && /^(?:x-)?gzip$/.test(codings[0] ?? '') ? 'gzip' : undefined
}

export interface AnsweredWith {
  readonly status: number
  readonly headers: Headers
  /** Undefined where it was not read. */
  readonly body?: string | undefined
}

/** For problems: who answered with what status, and the sentence of a worker, or what makes the body unreadable. */
export function describeAnswer(workerUrl: string, { status, headers, body }: AnsweredWith): string {
  const { origin, pathname } = new URL(workerUrl)
  const who = `${origin}${pathname.replace(/\/+$/, '')} answered ${status}`
  const error = errorBodySchema.safeParse(isJson(headers) ? parseJson(body ?? '') : undefined)
  if (error.success) return `${who}: ${clip(error.data.message)}`
  const answer = `${who} (${clip(headers['content-type'] ?? 'no type')})`
  if (contentCoding(headers) !== undefined) return answer
  return `${answer} in the encoding ${clip(headers['content-encoding'] ?? '')}, which was not asked for: make the proxy on the way pass Accept-Encoding on, or turn its compression off`
}

const MAX_CHARS_SHOWN = 200

function clip(text: string): string {
  return text.length > MAX_CHARS_SHOWN ? `${text.slice(0, MAX_CHARS_SHOWN)}…` : text
}

export function isJson(headers: Headers): boolean {
  return /^application\/(?:[\w.+-]+\+)?json\b/i.test(headers['content-type'] ?? '')
}

/** The text of an answer; undefined if its encoding cannot be read. @throws when it is cut short or too large. */
export async function readText(response: IncomingMessage): Promise<string | undefined> {
  const coding = contentCoding(response.headers)
  if (coding === undefined) {
    response.destroy()
    return undefined
  }
  const bytes = await readBytes(response)
  return coding === 'gzip' && bytes.length > 0 ? await unzipText(bytes) : bytes.toString('utf8')
}

/** The text of an answer that refuses a request, if it is short JSON. Never throws. */
export async function readRefusal(response: IncomingMessage): Promise<string | undefined> {
  const { headers } = response
  const isShort = Number(headers['content-length'] ?? Number.NaN) <= MAX_REFUSAL_BYTES
  try {
    if (isShort && isJson(headers)) return await readText(response)
  } catch {
    // The status says enough.
  }
  response.destroy()
  return undefined
}

async function readBytes(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response) {
    const buffer = Buffer.from(chunk)
    bytes += buffer.length
    if (bytes > MAX_BODY_BYTES) {
      response.destroy()
      throw new Error(`answer is larger than ${MAX_BODY_BYTES} bytes`)
    }
    chunks.push(buffer)
  }
  return Buffer.concat(chunks)
}

const unzip = promisify(gunzip)

/** @throws when the text is too large or damaged. */
export async function unzipText(zipped: Uint8Array): Promise<string> {
  try {
    const bytes = await unzip(zipped, { maxOutputLength: MAX_BODY_BYTES })
    return bytes.toString('utf8')
  } catch (cause) {
    throw new Error(describeReadFailure(cause), { cause })
  }
}

export function describeReadFailure(cause: unknown): string {
  const problem = describeCause(cause)
  const isOfZlib = cause instanceof Error && 'code' in cause && /^Z_/.test(String(cause.code))
  return isOfZlib ? `what should be gzip is damaged or something else: ${problem}` : problem
}
