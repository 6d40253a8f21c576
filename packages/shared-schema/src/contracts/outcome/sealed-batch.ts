// Version 1 of a sealed batch: the usual queue message and HTTP body. A client seals a batch before
// it is first sent and re-sends the same bytes when it does not know what became of them.
import { z } from 'zod'
import { limits } from '../names/limits.ts'
import { outcomeSchema } from './outcome.ts'

export const SEALED_BATCH_FORMAT = 1

export const sealedBatchSchema = z.object({
  format: z.literal(SEALED_BATCH_FORMAT),
  batch_id: z.uuid(),
  instance_id: z.string().min(1).max(limits.instanceIdChars),
  /** Names one life of the instance: `dropped` counts from its start. A UUID v7. */
  session_id: z.uuid(),
  /** Name and version of the sending SDK. */
  sdk: z.string().min(1).max(100),
  sealed_at: z.iso.datetime({ offset: true }),
  /** Outcomes that this session has dropped so far, by reason. Totals, so a re-sent batch adds nothing. */
  dropped: z.record(z.string().max(40), z.int().min(0)),
  outcomes: z.array(outcomeSchema).max(limits.outcomesPerBatch),
})

export type SealedBatch = z.infer<typeof sealedBatchSchema>
