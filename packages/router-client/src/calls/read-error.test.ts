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
  ['openai, no money', error('Error', { status: 429, code: 'insufficient_quota', type: 'insufficient_quota' }, '429 You exceeded your current quota, please check your plan and billing details.'), 'other-provider'],
  ['openai, its limit of money', error('Error', { status: 400, code: 'billing_hard_limit_reached', type: 'invalid_request_error' }), 'other-provider'],
  ['openai, limit of a project', error('Error', { status: 429, code: 'project_spend_limit_exceeded', type: 'insufficient_quota' }), 'other-provider'],
  ['ai sdk, no money at openai', error('AI_APICallError', { statusCode: 429, data: { error: { code: 'insufficient_quota', type: 'insufficient_quota' } } }), 'other-provider'],
  ['ai sdk, after its retries', error('AI_RetryError', { lastError: error('AI_APICallError', { statusCode: 429, data: { error: { code: 'insufficient_quota' } } }) }), 'other-provider'],
  ['anthropic, no money', error('BadRequestError', { status: 400, type: 'invalid_request_error', error: { type: 'error', error: { type: 'invalid_request_error', message: 'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.' } } }), 'other-provider'],
  ['anthropic, its limit of money', error('BadRequestError', { status: 400, error: { error: { type: 'invalid_request_error', message: 'You have reached your specified API usage limits. You will regain access on 2026-04-01 at 00:00 UTC.' } } }), 'other-provider'],
  ['anthropic, billing', error('PaymentRequiredError', { status: 402, type: 'billing_error' }), 'other-provider'],
  ['xai, no money', error('Error', { status: 429 }, '429 "Your team 16f2151a has either used all available credits or reached its monthly spending limit."'), 'other-provider'],
  ['deepseek, no money', error('Error', { status: 402 }, '402 Insufficient Balance'), 'other-provider'],
  ['a rate limit of google, which speaks of billing', error('ApiError', { status: 429 }, '{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details. Please retry in 20s.","status":"RESOURCE_EXHAUSTED"}}'), 'anyone'],
  ['a rate limit of google in the ai sdk', error('AI_APICallError', { statusCode: 429, data: { error: { code: 429, message: 'You exceeded your current quota, please check your plan and billing details.', status: 'RESOURCE_EXHAUSTED' } } }), 'anyone'],
  ['a rate limit of openai', error('Error', { status: 429, code: 'rate_limit_exceeded', type: 'tokens' }, '429 Rate limit reached for gpt-5 on tokens per min (TPM)'), 'anyone'],
  ['a rate limit of anthropic', error('RateLimitError', { status: 429, type: 'rate_limit_error' }, 'This request would exceed your account\u2019s rate limit. Please try again later.'), 'anyone'],
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
  ['no money, whatever its status', error('Error', { status: 429, code: 'insufficient_quota' }), 'billing'],
  ['no money, as a word', 'insufficient_quota', 'billing'],
  ['an overload in the middle of a stream', error('APIError', { type: 'overloaded_error' }), 'overloaded_error'],
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

test('no money left is told with what to do about it', () => {
  const { advice } = readError(error('Error', { status: 429, code: 'insufficient_quota' }), now)
  expect(advice).toContain('billing')
})
