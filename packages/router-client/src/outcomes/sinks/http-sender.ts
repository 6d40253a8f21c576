import { authorize } from '../../transport/authorization.ts'
import { createHttpConnection } from '../../transport/http-request.ts'
import { joinUrl } from '../../transport/join-url.ts'
import type { HttpOutcomesOptions } from './http-outcomes.ts'
import type { OutcomeSink } from './outcome-sink.ts'
import { readAnswer } from './read-answer.ts'

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
