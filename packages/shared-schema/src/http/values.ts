// Values that many bodies have.
import { z } from 'zod'

export const share = z.number().min(0).max(1)

export const moment = z.iso.datetime({ offset: true })

/** How many the list would have besides; missing where it has all. Clients may invent any number. */
export const more = z.int().positive().optional()

/** A model as win rates name it, at a thinking level or, with null, called without one. */
export const modelFields = {
  provider: z.string(),
  modelName: z.string(),
  thinkingLevel: z.string().nullable(),
}
