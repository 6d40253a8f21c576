import { z } from 'zod'
import { moment } from './values.ts'

/** The facts of `npx winrate import`. */
export const importsBodySchema = z.object({
  /** `unchanged` where the same file was imported before. */
  status: z.enum(['imported', 'unchanged', 'removed', 'listed']),
  /** Of the import that this is about; null for a list. */
  name: z.string().nullable(),
  /** What the file holds without a score. */
  skipped: z.int().min(0),
  /** That are there now, the newest first. */
  imports: z.array(
    z.object({
      name: z.string(),
      importedAt: moment,
      scores: z.int().min(0),
      /** Models at task types. */
      cells: z.int().min(0),
      /** The first 20. */
      taskTypes: z.array(z.string()),
    }),
  ),
})

export type ImportsBody = z.infer<typeof importsBodySchema>
