import { errorBodySchema, publishedSchema } from '@winrate/shared-schema/contracts'
import { durationProblems, tokenProblems } from '../../runtime/option-problems.ts'
import { parseJson } from '../../runtime/unknown-value.ts'
import { readRetryAdvice } from '../../transport/backoff.ts'
import {
  createHttpConnection,
  type HttpAnswer,
  type HttpConnection,
  isHttpUrl,
  isJson,
  joinUrl,
} from '../../transport/http-request.ts'
import type { OutcomeSink, SendResult } from './outcome-sink.ts'

export interface HttpOutcomesOptions {
  /** Address of central-worker, for example `http://winrate.internal:8080`. */
  readonly url: string
  /** Bearer token of scope `publish`, where the worker asks for one. */
  readonly token?: string
  /** Longest wait for an answer, in milliseconds. Default 10000. */
  readonly requestTimeoutMs?: number
}

const DEFAULT_REQUEST_TIMEOUT_MS = 10_000

/** Sends batches to central-worker, which puts them into the queue. */
export function httpOutcomes(options: HttpOutcomesOptions): OutcomeSink {
  const { url, token, requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS } = options
  let connection: HttpConnection | undefined
  return {
    problems: [
      ...(isHttpUrl(url) ? [] : ['httpOutcomes: url must be an http or https address']),
      ...tokenProblems('httpOutcomes', token),
      ...durationProblems('httpOutcomes', { requestTimeoutMs }),
    ],
    async send({ text }, { clock, signal }) {
      const target = joinUrl(url, '/v1/outcomes')
      connection ??= createHttpConnection(target.protocol)
      const answer = await connection.call(
        {
          url: target,
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(text)),
            accept: 'application/json',
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          body: text,
          signal,
        },
        requestTimeoutMs,
      )
      return readAnswer(answer, clock.now())
    },
    async close() {
      connection?.close()
    },
  }
}

/**
 * Only an answer of the worker decides about a batch. After anything else (a proxy's page, a redirect, a
 * status of something in between) the batch is sent again.
 */
function readAnswer(answer: HttpAnswer, nowMs: number): SendResult {
  const { status, headers } = answer
  const body = isJson(headers) ? parseJson(answer.body) : undefined
  const published = publishedSchema.safeParse(body)
  if (status === 202 && published.success) {
    return { status: 'sent', messageId: published.data.messageId }
  }
  if (status === 413) return { status: 'too-large' }
  const error = errorBodySchema.safeParse(body)
  const isRefusal = error.success && /^invalid/.test(error.data.code)
  if ((status === 400 || status === 422) && isRefusal) {
    return { status: 'rejected', problem: `${error.data.code}: ${error.data.message}` }
  }
  return {
    status: 'retry',
    problem: `outcomes were answered with status ${status} (${headers['content-type'] ?? 'no type'})`,
    ...readRetryAdvice(status, headers, nowMs),
  }
}
