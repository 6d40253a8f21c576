// Version 1 of a sealed batch: the usual queue message and HTTP body. A client seals a batch before
// it is first sent and re-sends the same bytes when it does not know what became of them.
import { list, object, record } from '../../schema/objects.ts'
import type { Infer } from '../../schema/schema.ts'
import { integer, literal, text } from '../../schema/values.ts'
import { isoTime, uuid } from '../names/formats.ts'
import { limits } from '../names/limits.ts'
import { outcomeSchema } from './outcome.ts'

export const SEALED_BATCH_FORMAT = 1

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
  outcomes: list(outcomeSchema, 0, limits.outcomesPerBatch),
})

export type SealedBatch = Infer<typeof sealedBatchSchema>
