// Version 1 of a sealed batch: the usual queue message and HTTP body. A client seals a batch before
// it is first sent and re-sends the same bytes when it does not know what became of them.
import { list, object, record } from '../../schema/objects.ts'
import type { Infer } from '../../schema/schema.ts'
import { integer, literal, text } from '../../schema/values.ts'
import { isoTime, uuid } from '../names/formats.ts'
import { limits } from '../names/limits.ts'
import { taskTypeSchema } from '../names/task-type.ts'
import { outcomeSchema } from './outcome.ts'

export const SEALED_BATCH_FORMAT = 1

/**
 * How many drawn decisions a session made for a cell in an hour, and how many of them have an outcome. A decision counts
 * once it has one, or once none is to be expected; a later outcome still counts. Totals, which only grow.
 */
export const decidedHourSchema = object({
  /** The beginning of the hour in which the decisions were made. */
  hour: isoTime,
  task_type: taskTypeSchema,
  model_name: text(1, limits.modelNameChars),
  provider: text(1, limits.providerChars),
  thinking_level: text(1, limits.thinkingLevelChars).optional(),
  decided: integer(0, 2_147_483_647),
  answered: integer(0, 2_147_483_647),
})

export type DecidedHour = Infer<typeof decidedHourSchema>

export const sealedBatchSchema = object({
  format: literal(SEALED_BATCH_FORMAT),
  batch_id: uuid,
  instance_id: text(1, limits.instanceIdChars),
  /** Names one life of the instance: `dropped` counts from its start. A UUID v7. */
  session_id: uuid,
  /** Name and version of the sending SDK. */
  sdk: text(1, 100),
  sealed_at: isoTime,
  /** Outcomes that this session has dropped so far, by reason. Totals, so a re-sent batch adds nothing. */
  dropped: record(text(0, 40), integer()),
  /** Of hours of which more is known than this session sent before. */
  decided: list(decidedHourSchema, 0, limits.decidedPerBatch).optional(),
  outcomes: list(outcomeSchema, 0, limits.outcomesPerBatch),
})

export type SealedBatch = Infer<typeof sealedBatchSchema>
