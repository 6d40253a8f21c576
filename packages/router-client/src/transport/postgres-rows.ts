import { type Clock, withDeadline } from '../runtime/clock.ts'

const QUERY_TIMEOUT_MS = 15_000

/** @throws what the database answers, or when it does not answer in time. */
export async function rowsInTime(
  clock: Clock,
  result: Promise<{ readonly rows: readonly unknown[] }>,
): Promise<readonly unknown[]> {
  const deadline = { clock, timeoutMs: QUERY_TIMEOUT_MS, keepAlive: false }
  const answer = await withDeadline(result, deadline)
  if (answer === undefined) {
    throw new Error(`Postgres did not answer within ${QUERY_TIMEOUT_MS} ms`)
  }
  return answer.rows
}
