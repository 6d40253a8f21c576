import { errorBodySchema, publishedSchema } from '@winrate/shared-schema/contracts'
import { parseJson } from '../../runtime/unknown-value.ts'
import { readRetryAdvice } from '../../transport/backoff.ts'
import { describeAnswer, isJson } from '../../transport/describe-answer.ts'
import type { HttpAnswer } from '../../transport/http-request.ts'
import type { HttpOutcomesOptions } from './http-outcomes.ts'
import type { SendResult } from './outcome-sink.ts'

/**
 * Only an answer of the worker decides about a batch. After anything else (a proxy's page, a redirect, a
 * status of something in between) the batch is sent again.
 */
export function readAnswer(
  { url, token }: Pick<HttpOutcomesOptions, 'url' | 'token'>,
  answer: HttpAnswer,
  nowMs: number,
): SendResult {
  const { status, headers, body: text } = answer
  const body = isJson(headers) && text !== undefined ? parseJson(text) : undefined
  const published = publishedSchema.safeParse(body)
  if (status === 202 && published.success) {
    const { messageId } = published.data
    return { status: 'sent', messageId, clockAheadMs: nowMs - Date.parse(headers.date ?? '') }
  }
  if (status === 413) return { status: 'too-large' }
  const error = errorBodySchema.safeParse(body)
  const isRefusal = error.success && /^invalid/.test(error.data.code)
  if ((status === 400 || status === 422) && isRefusal) {
    return { status: 'rejected', problem: `${error.data.code}: ${error.data.message}` }
  }
  return {
    status: 'retry',
    problem: describeAnswer(url, answer),
    ...readRetryAdvice(status, headers, nowMs, { tokenMayChange: typeof token === 'function' }),
  }
}
