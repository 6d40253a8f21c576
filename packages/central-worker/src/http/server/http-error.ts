// Errors as clients see them: a status and an errorBodySchema body. Guarantee: no error tells a client anything
// about the server's internals.
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ErrorBody } from '@winrate/shared-schema/contracts'
import type { FastifyError } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { LimitError } from '../../limits/work-limits.ts'
import { RefusedError } from '../../runtime/refused-error.ts'

/** A response other than success. `code` and `message` go to the client as they are. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    body: ErrorBody,
    options: { headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(body.message.slice(0, MAX_MESSAGE_CHARS), { cause: options.cause })
    this.status = status
    this.code = body.code
    this.headers = options.headers ?? {}
  }
}

/** Seconds after which an unavailable database may be back. */
const RETRY_AFTER_S = '5'

/** Seconds after which the same replica may have room. */
const RETRY_OVERLOAD_AFTER_S = '1'

const MAX_PATH_CHARS = 200

/** Messages may repeat parts of a request, and those may be megabytes long. */
const MAX_MESSAGE_CHARS = 1_000

export function unavailable(body: ErrorBody, cause?: unknown): HttpError {
  return new HttpError(503, body, { headers: { 'retry-after': RETRY_AFTER_S }, cause })
}

/** There is more to do than this replica takes at once. */
export function overloaded(what: string): HttpError {
  const body = { code: 'overloaded', message: `${what} Try again.` }
  return new HttpError(503, body, { headers: { 'retry-after': RETRY_OVERLOAD_AFTER_S } })
}

function overLimit({ limit, message, retryAfterS }: LimitError): HttpError {
  const headers = { 'retry-after': String(retryAfterS) }
  return new HttpError(429, { code: `${limit}-limit`, message }, { headers })
}

/** A request whose `part` breaks the contract at `path` (empty: as a whole). */
export function invalidRequest(
  part: string,
  path: readonly PropertyKey[],
  problem: string,
): HttpError {
  const where = [part, ...path.map(String)].join('.').slice(0, MAX_PATH_CHARS)
  return new HttpError(400, { code: `invalid-${part}`, message: `${where}: ${problem}` })
}

// What Fastify itself refuses, in other words: its messages may repeat parts of the request.
const refusals: Readonly<Record<number, ErrorBody>> = {
  400: { code: 'bad-request', message: 'The request cannot be read. A body must be valid JSON.' },
  404: { code: 'not-found', message: 'There is nothing here. GET / names the endpoints.' },
  408: { code: 'request-timeout', message: 'The request took too long to arrive.' },
  413: { code: 'body-too-large', message: 'The body is too large. Send it in smaller parts.' },
  414: { code: 'url-too-long', message: 'The URL is too long.' },
  415: {
    code: 'unsupported-media-type',
    message: 'The body must be JSON: send it with Content-Type: application/json.',
  },
  431: { code: 'headers-too-large', message: 'The headers of the request are too large.' },
}

/** The error for a status that has a fixed meaning here. */
export function refusal(status: number, cause?: unknown): HttpError {
  const body = refusals[status] ?? { code: 'refused', message: 'The request was refused.' }
  return new HttpError(status, body, { cause })
}

/** Turns anything that was thrown while a request was handled into a response. */
export function toHttpError(
  error: FastifyError,
  isUnavailable: (error: unknown) => boolean,
): HttpError {
  if (error instanceof HttpError) return error
  if (error instanceof RefusedError) return new HttpError(409, error)
  if (error instanceof LimitError) return overLimit(error)
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issue = error.validation[0]
    const path = (issue?.instancePath ?? '').split('/').filter((name) => name !== '')
    const part = error.validationContext === 'body' ? 'body' : 'query'
    return invalidRequest(part, path, issue?.message ?? 'is invalid')
  }
  if (isUnavailable(error)) {
    const message = 'The database is unavailable. Try again.'
    return unavailable({ code: 'unavailable', message }, error)
  }
  const status = error.statusCode ?? 500
  if (status >= 400 && status < 500) return refusal(status, error)
  const message = 'Something went wrong here. The log of the worker says what.'
  return new HttpError(500, { code: 'internal', message }, { cause: error })
}

/** Responds to malformed HTTP, oversized headers and slow requests, and closes the connection. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET') socket.destroy()
  else endWithError(socket, refusal(statusOf(error.code)))
}

/** How long a client may take to read the answer that ends its connection. */
const LAST_ANSWER_MS = 1_000

/** Sends the error, if no response has begun, and closes the connection. */
export function endWithError(socket: Socket, { status, code, message, headers }: HttpError): void {
  // After a response has begun, bytes of another would only corrupt it.
  if (!socket.writable || socket.bytesWritten > 0) {
    socket.destroy()
    return
  }
  const body = JSON.stringify({ code, message })
  // A client that does not close the connection keeps it no longer.
  const deadline = setTimeout(() => socket.destroy(), LAST_ANSWER_MS)
  socket.on('close', () => clearTimeout(deadline))
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}

function statusOf(code: string | undefined): number {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408
  return code === 'HPE_HEADER_OVERFLOW' ? 431 : 400
}
