import type { OutcomeSink } from '../outcomes/sinks/outcome-sink.ts'
import { readAnswer } from '../outcomes/sinks/read-answer.ts'
import { withDeadline } from '../runtime/clock.ts'
import { durationProblems, isHttpUrl, unknownProblems } from '../runtime/option-problems.ts'
import { linkAbort } from '../runtime/signal.ts'
import { authorize, type Token, tokenProblems } from '../transport/authorization.ts'
import { joinUrl } from '../transport/join-url.ts'

export interface FetchOutcomesOptions {
  /** Address of central-worker. */
  readonly url: string
  /** Bearer token of scope `publish`, where the worker asks for one; a function for one that is replaced in time. */
  readonly token?: Token | undefined
  /** Longest wait for an answer, in milliseconds. Default 10000. */
  readonly requestTimeoutMs?: number | undefined
}

const optionNames = { url: true, token: true, requestTimeoutMs: true } as const

/** Sends batches to central-worker by `fetch`. Redirects are not followed, so that a token never reaches another host. */
export function fetchOutcomes(options: FetchOutcomesOptions): OutcomeSink {
  const { url, token, requestTimeoutMs = 10_000 } = options
  return {
    problems: [
      ...(isHttpUrl(url) ? [] : ['fetchOutcomes: url must be an http or https address']),
      ...tokenProblems('fetchOutcomes', token),
      ...durationProblems('fetchOutcomes', { requestTimeoutMs }),
      ...unknownProblems('fetchOutcomes', options, optionNames),
    ],
    async send({ text }, { clock, signal }) {
      const limited = linkAbort(signal)
      async function post() {
        const response = await fetch(joinUrl(url, '/v1/outcomes'), {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            accept: 'application/json',
            // The worker corrects the times of outcomes by it, where the runtime lets it pass.
            date: new Date(clock.now()).toUTCString(),
            ...(await authorize(token, clock)),
          },
          body: text,
          redirect: 'manual',
          signal: limited.signal,
        })
        const headers = Object.fromEntries(response.headers)
        return { status: response.status, headers, body: await response.text() }
      }
      try {
        const answer = await withDeadline(post(), { clock, timeoutMs: requestTimeoutMs })
        if (answer === undefined) throw new Error(`no whole answer within ${requestTimeoutMs} ms`)
        return readAnswer(options, answer, clock.now())
      } finally {
        limited.abort()
        limited.unlink()
      }
    },
    close: async () => undefined,
  }
}
