// The path for a batch whose statement throws although its validation passed: moves messages one by one. A
// message becomes a dead letter only if the error blames it (winrate.blames_message). Any other that fails stays
// in the queue: it is tried ever more rarely where others can be stored, and at once where none can.
import { sqlStateOf } from '../postgres/database-errors.ts'
import { type ClaimedMessage, claimMessage, releaseMessage } from '../postgres/pgmq.ts'
import type { Queryable } from '../postgres/queryable.ts'
import { addCounts, type IngestResult, ingestMessages, noCounts } from './ingest-messages.ts'

export interface PostponedMessage extends ClaimedMessage {
  readonly error: unknown
}

export interface Isolation extends IngestResult {
  /** What failed although the database can store outcomes. */
  readonly postponed: readonly PostponedMessage[]
}

/** Tries up to `limit` messages one by one; throws where the database can store none. */
export async function isolateMessages(
  queryable: Queryable,
  { limit, retentionDays }: { limit: number; retentionDays: number },
): Promise<Isolation> {
  let result = noCounts()
  const postponed: PostponedMessage[] = []
  for (let tried = 0; tried < limit; tried += 1) {
    // One at a time: if this process or the database dies of a message, only that one waits for it.
    const claimed = await claimMessage(queryable)
    if (claimed === undefined) break
    const { messageId } = claimed
    try {
      const one = { maxMessages: 1, retentionDays, onlyMessage: messageId }
      result = addCounts(result, await ingestMessages(queryable, one))
    } catch (error) {
      // Without an answer, the claim stays: the message may have ended the connection.
      if (sqlStateOf(error) === undefined) throw error
      if (await rejectMessage(queryable, messageId, error)) {
        result = addCounts(result, { ...noCounts(), messages: 1, rejected: 1 })
      } else if (await canStore(queryable)) {
        postponed.push({ ...claimed, error })
      } else {
        await releaseMessage(queryable, messageId)
        if (result.messages === 0) throw error
        break
      }
    }
  }
  return { ...result, postponed }
}

async function canStore(queryable: Queryable): Promise<boolean> {
  try {
    await queryable.query('select winrate.check_storing()')
    return true
  } catch (error) {
    if (sqlStateOf(error) === undefined) throw error
    return false
  }
}

/** Makes the message a dead letter, unless the error does not blame it. */
async function rejectMessage(
  queryable: Queryable,
  messageId: string,
  error: unknown,
): Promise<boolean> {
  const message = error instanceof Error ? error.message : String(error)
  const { rows } = await queryable.query<{ rejected: boolean }>(
    'select winrate.reject_message($1, $2) as rejected',
    [messageId, `statement_failed ${sqlStateOf(error) ?? ''}: ${message}`],
  )
  return rows[0]?.rejected === true
}
