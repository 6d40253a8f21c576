// What clients parse of the worker's HTTP answers. The bodies that only operators read are in `http`.
import { object } from '../schema/objects.ts'
import type { Infer } from '../schema/schema.ts'
import { integer, text } from '../schema/values.ts'
import { uuid } from './names/formats.ts'

/** Answer to POST /v1/outcomes: the outcomes are in the queue, not yet counted. */
export const publishedSchema = object({
  batchId: uuid,
  outcomes: integer(),
  /** Id of the queue message: a snapshot whose `queueWatermark` is not greater does not count it. */
  messageId: integer().optional(),
})

export const errorBodySchema = object({
  /** Stable, for programs. */
  code: text(),
  /** For people: what is wrong and what to do. */
  message: text(),
})

export type Published = Infer<typeof publishedSchema>
export type ErrorBody = Infer<typeof errorBodySchema>
