// The path for a batch whose statement throws although its validation passed. It claims messages, so that
// attempts on each are counted even if this process dies of one, and moves them one by one. A message that
// cannot be moved becomes a dead letter, and the rest goes on.
import { isSchemaError, isTransient, sqlStateOf } from '../postgres/database-errors.ts'
import { claimMessages } from '../postgres/pgmq.ts'
import type { Queryable } from '../postgres/queryable.ts'
import { addCounts, type IngestResult, ingestMessages, noCounts } from './ingest-messages.ts'

const CLAIM_SECONDS = 30
/** A message whose attempts end without an answer this often is taken to be the cause. */
const MAX_ATTEMPTS = 5

/** Moves up to `limit` messages one by one; throws only when the database itself fails. */
export async function isolateMessages(
  queryable: Queryable,
  { limit, retentionDays }: { limit: number; retentionDays: number },
): Promise<IngestResult> {
  const total = noCounts()
  const claimed = await claimMessages(queryable, { limit, seconds: CLAIM_SECONDS })
  for (const { messageId, readCount } of claimed) {
    try {
      const one = { maxMessages: 1, retentionDays, onlyMessage: messageId }
      addCounts(total, await ingestMessages(queryable, one))
    } catch (error) {
      if (isSchemaError(error) || (isTransient(error) && readCount < MAX_ATTEMPTS)) throw error
      const message = error instanceof Error ? error.message : String(error)
      const reason = `statement_failed ${sqlStateOf(error) ?? ''}: ${message}`
      await queryable.query('select winrate.reject_message($1, $2)', [messageId, reason])
      total.messages += 1
      total.rejected += 1
    }
  }
  return total
}
