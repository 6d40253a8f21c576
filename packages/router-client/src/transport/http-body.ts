// The text of an answer.
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { describeCause } from '../runtime/unknown-value.ts'
import { contentCoding, isJson } from './describe-answer.ts'

const MAX_BODY_BYTES = 64 * 1024 * 1024
const MAX_REFUSAL_BYTES = 16_384

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
