import { errorBodySchema, publishedSchema } from '@winrate/shared-schema/contracts'
import {
  agentProblems,
  durationProblems,
  type HttpAgent,
  unknownProblems,
} from '../../runtime/option-problems.ts'
import { parseJson } from '../../runtime/unknown-value.ts'
import { authorize, type Token, tokenProblems } from '../../transport/authorization.ts'
import { readRetryAdvice } from '../../transport/backoff.ts'
import { describeAnswer, isJson } from '../../transport/http-body.ts'
import {
  createHttpConnection,
  type HttpAnswer,
  type HttpConnection,
  isHttpUrl,
  joinUrl,
} from '../../transport/http-request.ts'
import type { OutcomeSink, SendResult } from './outcome-sink.ts'

export interface HttpOutcomesOptions {
  /** Address of central-worker, for example `http://winrate.internal:8080`. */
  readonly url: string
  /** Bearer token of scope `publish`, where the worker asks for one; a function for one that is replaced in time. */
  readonly token?: Token | undefined
  /** Longest wait for an answer once there is a connection, in milliseconds. Default 10000. */
  readonly requestTimeoutMs?: number | undefined
  /**
   * How to connect: an agent of node:http(s), or of a package for proxies. It stays yours to destroy. Default: directly, or through
   * the proxy that HTTPS_PROXY or HTTP_PROXY names, unless NO_PROXY exempts the worker.
   */
  readonly agent?: HttpAgent | undefined
}

const optionNames = { url: true, token: true, requestTimeoutMs: true, agent: true } as const
const DEFAULT_REQUEST_TIMEOUT_MS = 10_000

/** Sends batches to central-worker, which puts them into the queue. */
export function httpOutcomes(options: HttpOutcomesOptions): OutcomeSink {
  const { url, token, requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS, agent } = options
  let connection: HttpConnection | undefined
  return {
    problems: [
      ...(isHttpUrl(url) ? [] : ['httpOutcomes: url must be an http or https address']),
      ...tokenProblems('httpOutcomes', token),
      ...durationProblems('httpOutcomes', { requestTimeoutMs }),
      ...agentProblems('httpOutcomes', agent),
      ...unknownProblems('httpOutcomes', options, optionNames),
    ],
    async send({ text }, { clock, signal }) {
      const target = joinUrl(url, '/v1/outcomes')
      connection ??= createHttpConnection(agent)
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
      connection?.close()
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
