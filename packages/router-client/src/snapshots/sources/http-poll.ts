import { formatSnapshotVersion, HELD_HEADER } from '@winrate/shared-schema/contracts'
import { readRetryAdvice } from '../../transport/backoff.ts'
import { type HttpConnection, isJson } from '../../transport/http-request.ts'
import type { PollResult } from './poll-loop.ts'
import type { SnapshotReceiver } from './snapshot-source.ts'

export interface HttpPollInput {
  readonly connection: HttpConnection
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly receiver: SnapshotReceiver
  readonly signal: AbortSignal
}

/** Asks once for a newer snapshot, by ETag. @throws when there is no whole answer. */
export async function pollSnapshot(input: HttpPollInput): Promise<PollResult> {
  const { connection, url, headers, timeoutMs, receiver, signal } = input
  const known = receiver.known()
  const answer = await connection.call(
    {
      url,
      method: 'GET',
      headers: {
        ...headers,
        accept: 'application/json',
        'accept-encoding': 'gzip',
        ...(known === undefined ? {} : { 'if-none-match': `"${formatSnapshotVersion(known)}"` }),
      },
      signal,
    },
    { timeoutMs },
  )
  if (signal.aborted) return { ok: true }
  const held = answer.headers[HELD_HEADER] === 'true'
  if (answer.status === 304) {
    receiver.confirm({ held })
    return { ok: true }
  }
  if (answer.status === 200 && isJson(answer.headers)) {
    const taken = await receiver.offerText(answer.body)
    if (taken === 'ignored') receiver.confirm({ held })
    return { ok: taken !== 'refused' }
  }
  receiver.fail(
    answer.status === 200
      ? `snapshot request was answered with ${answer.headers['content-type'] ?? 'no type'}, not JSON`
      : `snapshot request was answered with status ${answer.status}`,
  )
  return { ok: false, ...readRetryAdvice(answer.status, answer.headers, receiver.clock.now()) }
}
