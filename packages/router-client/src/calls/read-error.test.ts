// What another attempt may do better, by what SDKs, fetch and Node throw.
import { expect, test } from 'vitest'
import { readError } from './read-error.ts'

const error = (name: string, fields: object = {}, message = 'it failed') =>
  Object.assign(new Error(message), { name, ...fields })
const now = Date.UTC(2026, 0, 1)

test.each([
  ['openai rate limit', error('RateLimitError', { status: 429 }), 'anyone'],
  ['openai connection', error('APIConnectionError', {}, 'Connection error.'), 'anyone'],
  ['openai time-out', error('APIConnectionTimeoutError', {}, 'Request timed out.'), 'anyone'],
  ['anthropic overloaded', error('APIError', { status: 529, type: 'overloaded_error' }), 'anyone'],
  ['ai sdk retries', error('AI_RetryError', { lastError: error('AI_APICallError', { statusCode: 503 }) }), 'anyone'],
  ['fetch', new TypeError('fetch failed', { cause: error('Error', { code: 'ECONNREFUSED' }) }), 'anyone'],
  ['undici', new TypeError('terminated', { cause: error('SocketError', { code: 'UND_ERR_SOCKET' }) }), 'anyone'],
  ['own time limit', new DOMException('too long', 'TimeoutError'), 'anyone'],
  ['no error at all', undefined, 'anyone'],
  ['a word', 'rate limit', 'anyone'],
  ['something unknown', error('Error', {}, 'boom'), 'anyone'],
  ['no object', error('AI_NoObjectGeneratedError'), 'anyone'],
  ['cut off', error('LengthFinishReasonError'), 'anyone'],
  ['wrong key', error('AuthenticationError', { status: 401 }), 'other-provider'],
  ['no money', error('Error', { statusCode: 402 }), 'other-provider'],
  ['wrong key, no status', error('InvalidApiKeyError'), 'other-provider'],
  ['wrong key, status as a code', error('Error', { code: 401 }), 'other-provider'],
  ['wrong key, status as text', error('Error', { status: '401' }), 'other-provider'],
  ['wrong key for google', error('ApiError', { status: 400 }, 'API key not valid. Please pass a valid API key.'), 'other-provider'],
  ['wrong key, and headers that throw', error('Error', { status: 401, headers: { get() { throw new Error('no') } } }), 'other-provider'],
  ['no right', error('PermissionDeniedError', { status: 403 }), 'other-model'],
  ['no such model', error('NotFoundError', { status: 404 }), 'other-model'],
  ['retired', error('AI_APICallError', { statusCode: 410 }), 'other-model'],
  ['too large', error('APIError', { status: 413 }), 'other-model'],
  ['too long', error('BadRequestError', { status: 400, code: 'context_length_exceeded' }), 'other-model'],
  ['too long for anthropic', error('BadRequestError', { status: 400, error: { error: { message: 'prompt is too long: 300000 tokens' } } }), 'other-model'],
  ['cannot do it', error('BadRequestError', { status: 400, code: 'unsupported_parameter' }), 'other-model'],
  ['bad request', error('BadRequestError', { status: 400 }), 'nobody'],
  ['bad request, status as a code', error('Error', { code: 400 }), 'nobody'],
  ['bad request, status as text', error('Error', { status: '400' }), 'nobody'],
  ['bad request for bedrock', error('ValidationException', { $metadata: { httpStatusCode: 400 } }), 'nobody'],
  ['no right at bedrock', error('AccessDeniedException', { $metadata: { httpStatusCode: 403 } }), 'other-model'],
  ['unprocessable', error('UnprocessableEntityError', { status: 422 }), 'nobody'],
  ['bad request, no status', error('BadRequestError'), 'nobody'],
  ['aborted', new DOMException('gone', 'AbortError'), 'nobody'],
  ['aborted by openai', error('APIUserAbortError', {}, 'Request was aborted.'), 'nobody'],
  ['a bug', new TypeError('Cannot read properties of undefined (reading token)'), 'nobody'],
  ['another bug', new ReferenceError('x is not defined'), 'nobody'],
])('%s', (_, thrown, next) => {
  expect(readError(thrown, now).next).toBe(next)
}) // biome-ignore format: a table

test.each([
  ['a content filter', error('ContentFilterFinishReasonError'), 'ContentFilterFinishReasonError'],
  ['an answer that fits no schema', error('AI_NoObjectGeneratedError'), 'AI_NoObjectGeneratedError'],
  ['something unknown, which blames nobody', error('Error', {}, 'boom'), 'unreadable'],
  ['a request that another model may take', error('E', { status: 400, code: 'context_length_exceeded' }), 400],
  ['a request that nobody takes', error('BadRequestError', { status: 400 }), undefined],
])('what is recorded of %s', (_, thrown, failure) => {
  expect(readError(thrown, now).failure).toBe(failure)
}) // biome-ignore format: a table

test.each([
  ['seconds', { headers: new Headers({ 'retry-after': '3' }) }, 3_000],
  ['milliseconds', { headers: { 'retry-after-ms': '250' } }, 250],
  ['a time', { responseHeaders: { 'retry-after': new Date(now + 5_000).toUTCString() } }, 5_000],
  ['a time that has passed', { headers: { 'retry-after': new Date(now - 5_000).toUTCString() } }, 0],
  ['a wrapped error', { cause: { response: { headers: new Headers({ 'retry-after': '2' }) } } }, 2_000],
  ['nonsense', { headers: { 'retry-after': 'soon' } }, undefined],
])('how long to wait, from %s', (_, fields, ms) => {
  expect(readError(error('RateLimitError', { status: 429, ...fields }), now).retryAfterMs).toBe(ms)
}) // biome-ignore format: a table

test('a thrown value that cannot be read blames nobody', () => {
  const hostile = new Proxy({}, { get: () => { throw new Error('no') } }) // biome-ignore format: one line
  expect(readError(hostile, now)).toEqual({ failure: 'unreadable', next: 'anyone' })
})
