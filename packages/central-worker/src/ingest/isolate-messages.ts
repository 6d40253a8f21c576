// The tolerant path, for a batch whose statement throws whatever its validation says: messages are
// claimed, so that attempts on each are counted even if this process dies of one, and moved one by
// one. What cannot be moved becomes a dead letter, whole, and the rest goes on.
import { isSchemaError, isTransient, sqlStateOf } from '../postgres/database-errors.ts'
import { claimMessages } from '../postgres/pgmq.ts'
import type { Queryable } from '../postgres/queryable.ts'
import {
  addIngestResults,
  emptyIngestResult,
  type IngestResult,
  ingestMessages,
  rejectMessage,
} from './ingest-messages.ts'

const CLAIM_SECONDS = 30
/** A message whose attempts end without an answer this often is taken to be the cause. */
const MAX_ATTEMPTS = 5

export interface IsolateOptions {
  readonly limit: number
  readonly retentionDays: number
}

/** Moves up to `limit` messages one by one; throws only when the database itself is the trouble. */
export async function isolateMessages(
  queryable: Queryable,
  { limit, retentionDays }: IsolateOptions,
): Promise<IngestResult> {
  let total = emptyIngestResult
  for (const { messageId, readCount } of await claimMessages(queryable, {
    limit,
    seconds: CLAIM_SECONDS,
  })) {
    try {
      const moved = await ingestMessages(queryable, {
        maxMessages: 1,
        retentionDays,
        onlyMessage: messageId,
      })
      total = addIngestResults(total, moved)
    } catch (error) {
      if (isSchemaError(error) || (isTransient(error) && readCount < MAX_ATTEMPTS)) throw error
      await rejectMessage(queryable, { messageId, reason: reasonOf(error) })
      total = addIngestResults(total, { ...emptyIngestResult, messages: 1, rejected: 1 })
    }
  }
  return total
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return `statement_failed ${sqlStateOf(error) ?? ''}: ${message}`
}
