// What a request belongs to, such as its team: labels with values. A value leaves its process as a hash only.
import { pattern } from '../../schema/values.ts'

/** The most labels of one request. */
export const MOST_LABELS = 3
export const labelPattern = /^[a-z][a-z0-9_-]{0,30}$/

/** Hex characters of a value's hash. */
export const VALUE_HASH_CHARS = 8

const entry = '[a-z][a-z0-9_-]{0,30}-[0-9a-f]{8}'

/**
 * As it travels: `language-5c1f8a02 team-3f2a90b1`, each label with the hash of its value, which also is a segment of a
 * path. drizzle/functions/judge/outcome_problem.sql states the same rule.
 */
export const contextSchema = pattern(
  new RegExp(`^${entry}(?: ${entry}){0,2}$`),
  'up to 3 labels, each with 8 hex characters: team-3f2a90b1',
)

/** The label of an entry. */
export function labelOf(entry: string): string {
  return entry.slice(0, -1 - VALUE_HASH_CHARS)
}
