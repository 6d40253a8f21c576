import { errorBodySchema, publishedSchema } from '@winrate/shared-schema/contracts'
import { parseJson } from '../../runtime/unknown-value.ts'
import { authorize } from '../../transport/authorization.ts'
import { readRetryAdvice } from '../../transport/backoff.ts'
import { describeAnswer, isJson } from '../../transport/http-body.ts'
import { createHttpConnection, type HttpAnswer, joinUrl } from '../../transport/http-request.ts'
import type { HttpOutcomesOptions } from './http-outcomes.ts'
import type { OutcomeSink, SendResult } from './outcome-sink.ts'

const DEFAULT_REQUEST_TIMEOUT_MS = 10_000

/** Posts batches to central-worker over connections of its own. */
export function createHttpSender(options: HttpOutcomesOptions): OutcomeSink {
  const { url, token, requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS, agent } = options
  const connection = createHttpConnection(agent)
  return {
    async send({ text }, { clock, signal }) {
      const target = joinUrl(url, '/v1/outcomes')
      const answer = await connection.call(
        {
          url: target,
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(text)),
            accept: 'application/json',
            // The worker corrects the times of outcomes by it.
            date: new Date(clock.now()).toUTCString(),
            ...(await authorize(token, clock)),
          },
          body: text,
          signal,
        },
        requestTimeoutMs,
      )
      return readAnswer(options, answer, clock.now())
    },
    async close() {
      connection.close()
    },
  }
}

/**
 * Only an answer of the worker decides about a batch. After anything else (a proxy's page, a redirect, a
 * status of something in between) the batch is sent again.
 */
function readAnswer(
  { url, token }: HttpOutcomesOptions,
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
