// What clients parse of the worker's HTTP answers. The bodies that only operators read are in `http/bodies.ts`.
import { z } from 'zod'

/** Answer to POST /v1/outcomes: the outcomes are in the queue, not yet counted. */
export const publishedSchema = z.object({
  batchId: z.uuid(),
  outcomes: z.int().min(0),
  /** Id of the queue message: a snapshot whose `queueWatermark` is not greater does not count it. */
  messageId: z.int().min(0).optional(),
})

export const errorBodySchema = z.object({
  /** Stable, for programs. */
  code: z.string(),
  /** For people: what is wrong and what to do. */
  message: z.string(),
})

export type Published = z.infer<typeof publishedSchema>
export type ErrorBody = z.infer<typeof errorBodySchema>
