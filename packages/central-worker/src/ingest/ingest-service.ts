// Keeps the queue empty. Guarantees: every message ends in the tables or in the dead letters, exactly
// once by outcome id, however often this process or the database dies in between; order is not kept.
import type { Logger } from 'pino'
import { isDatabaseError, sqlStateOf } from '../postgres/database-errors.ts'
import { foldIncrementsIfDue } from '../postgres/fold-increments.ts'
import type { Queryable } from '../postgres/queryable.ts'
import { backoffMs, createLoop, type LoopService } from '../runtime/service.ts'
import { applyCorrections, type IngestResult, ingestMessages, noCounts } from './ingest-messages.ts'
import { isolateMessages } from './isolate-messages.ts'
import { createLeftOutReport } from './left-out-report.ts'

export interface IngestServiceOptions {
  readonly queryable: Queryable
  readonly logger: Logger
  readonly retentionDays: number
  /** Outcomes to move per statement, about. */
  readonly outcomesPerStatement: number
  readonly onIngested: (result: IngestResult) => void
  readonly onCrash: (error: unknown) => void
}

const FIRST_IDLE_WAIT_MS = 20
const LONGEST_IDLE_WAIT_MS = 500
const MESSAGES_AT_FIRST = 20
const MOST_MESSAGES = 2_000
const FEWER_AFTER_FAILURE = 4
const MORE_AFTER_SUCCESS = 2
const ISOLATED_AT_A_TIME = 20
/** Lost connections in a row, on ever fewer messages, after which a message is taken for the cause. */
const PATIENCE = 8
const LOCK_NOT_AVAILABLE = '55P03'

export function createIngestService({
  queryable,
  logger,
  retentionDays,
  outcomesPerStatement,
  onIngested,
  onCrash,
}: IngestServiceOptions): LoopService<IngestResult> {
  const reportLeftOut = createLeftOutReport(logger)
  let maxMessages = MESSAGES_AT_FIRST
  /** Falls after a failure and grows back slowly: what exceeds a limit once does so again. */
  let mostMessages = MOST_MESSAGES
  let idleWaitMs = FIRST_IDLE_WAIT_MS
  let failuresInARow = 0

  async function runOnce(): Promise<IngestResult> {
    let failure: unknown
    const result = await ingest().catch((error: unknown) => {
      failure = error
      return noCounts()
    })
    if (result.messages > 0) {
      mostMessages = Math.min(MOST_MESSAGES, mostMessages * MORE_AFTER_SUCCESS)
      maxMessages = Math.min(mostMessages, messagesFor(result, outcomesPerStatement))
      onIngested(result)
      reportLeftOut(result.leftOut)
      logger.debug(result, 'outcomes-stored')
    }
    // At every turn: an earlier one, or a replica that died, may have left some.
    await applyCorrections(queryable).catch((error: unknown) => {
      // A batch of another consumer takes long. The next turn finds them.
      if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE) throw error
    })
    await foldIncrementsIfDue(queryable)
    // What cannot be stored does not keep what is stored from being counted.
    if (failure !== undefined) throw failure
    failuresInARow = 0
    return result
  }

  async function ingest(): Promise<IngestResult> {
    try {
      return await ingestMessages(queryable, { maxMessages, retentionDays })
    } catch (error) {
      if (!isDatabaseError(error)) throw error
      failuresInARow += 1
      mostMessages = Math.max(1, Math.floor(maxMessages / FEWER_AFTER_FAILURE))
      maxMessages = mostMessages
      // A database that dies of a message looks the same as one that is away.
      if (sqlStateOf(error) === undefined && failuresInARow < PATIENCE) throw error
      return await isolate(error)
    }
  }

  async function isolate(cause: unknown): Promise<IngestResult> {
    const options = { limit: ISOLATED_AT_A_TIME, retentionDays }
    const { postponed, ...result } = await isolateMessages(queryable, options)
    logger.warn({ err: cause, ...result }, 'batch-isolated')
    const [first] = postponed
    if (first !== undefined) {
      const { messageId, attempts, error: err } = first
      logger.warn({ messages: postponed.length, messageId, attempts, err }, 'messages-postponed')
    }
    return result
  }

  return createLoop({
    runOnce,
    waitMs({ messages }) {
      idleWaitMs =
        messages > 0 ? FIRST_IDLE_WAIT_MS : Math.min(idleWaitMs * 2, LONGEST_IDLE_WAIT_MS)
      return messages > 0 ? 0 : idleWaitMs
    },
    onError(error, failures) {
      if (!isDatabaseError(error)) throw error
      if (failures === 1) logger.error({ err: error }, 'ingest-interrupted')
      return backoffMs(failures)
    },
    onCrash,
  })
}

/** How many messages make up about `wanted` outcomes, going by the last statement's. */
function messagesFor(result: IngestResult, wanted: number): number {
  const outcomes = result.stored + result.duplicates + result.rejected
  const perMessage = Math.max(1, outcomes / result.messages)
  return Math.max(1, Math.min(MOST_MESSAGES, Math.round(wanted / perMessage)))
}
