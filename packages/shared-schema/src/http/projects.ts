import { z } from 'zod'
import { moment } from './values.ts'

/** A project beside `default`: a fleet of its own behind the same workers. */
export const projectSchema = z.object({
  name: z.string(),
  /** Its database, on the server of the project `default`; null where WINRATE_PROJECTS_FILE has its URL. */
  database: z.string().nullable(),
  createdAt: moment,
  /** `ending`: being deleted. */
  state: z.enum(['active', 'ending']),
  /** Tokens that are valid. */
  tokens: z.int(),
})

/** The facts of `npx winrate project`: every project, and what was changed. */
export const projectFactsSchema = z.object({
  projects: z.array(projectSchema),
  /** What signs references of this project, where a reference secret is set here. Agents of the project get it. */
  referenceSecret: z.string().optional(),
  /** For people: what holds now. */
  message: z.string().optional(),
})

export type ProjectBody = z.infer<typeof projectSchema>
export type ProjectFacts = z.infer<typeof projectFactsSchema>
