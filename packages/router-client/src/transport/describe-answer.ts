// What the head of an answer says, for people and for who reads its body.
import type { IncomingMessage } from 'node:http'
import { errorBodySchema } from '@winrate/shared-schema/contracts'
import { parseJson } from '../runtime/unknown-value.ts'

type Headers = IncomingMessage['headers']

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
