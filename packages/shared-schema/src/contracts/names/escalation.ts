// Where the outcome of a later attempt is learned: one that others had failed at says what a model does after that, and
// nothing of what it does at first. drizzle/functions/rollups/learned_task_type.sql is the same rule;
// test/ingest/later-attempts.test.ts holds both to each other.
import { hash } from 'node:crypto'
import { isStratum, parentTask } from './task-type.ts'

const PREFIX = '@after-'
/** A segment has 63 characters. */
const SLUG_CHARS = 63 - PREFIX.length
const HASH_CHARS = 8

/** Begins the last segment of what is learned after failures. */
export const AFTER_STRATUM = `/${PREFIX}`

/**
 * The segment for attempts after answers of these models failed, in whatever order: `@after-claude-haiku_and_gpt-4o-mini`.
 * Undefined where no model is named.
 */
export function afterStratum(names: readonly string[]): string | undefined {
  const slugs = new Set(names.map(slugOf))
  slugs.delete('')
  if (slugs.size === 0) return undefined
  const slug = [...slugs].sort().join('_and_')
  if (slug.length <= SLUG_CHARS) return PREFIX + slug
  const digest = hash('sha256', slug, 'hex').slice(0, HASH_CHARS)
  return `${PREFIX}${slug.slice(0, SLUG_CHARS - HASH_CHARS - 1)}-${digest}`
}

/** Only ASCII letters have small ones here: locales differ in the others. */
function slugOf(name: string): string {
  return name
    .replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')
    .replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
    .replace(/[^a-z0-9_.-]+/g, '-')
}

/**
 * The path that an outcome counts at. A third segment, and a stratum, give way to that of the later attempt.
 *
 * @param after The models whose answers failed before, comma-separated; undefined for a first attempt.
 */
export function learnedTaskType(taskType: string, after: string | undefined): string {
  const stratum = after === undefined ? undefined : afterStratum(after.split(','))
  if (stratum === undefined) return taskType
  const parent = parentTask(taskType)
  const isFull = parent !== undefined && (isStratum(taskType) || parentTask(parent) !== undefined)
  return `${isFull ? parent : taskType}/${stratum}`
}

/** Whether only later attempts are learned there. */
export function isAfterFailures(taskType: string): boolean {
  return taskType.includes(AFTER_STRATUM)
}

/** The models that a path names as having failed, for people: `claude-haiku and gpt-4o-mini`. */
export function failedBefore(taskType: string): string | undefined {
  const [, slug] = taskType.split(AFTER_STRATUM)
  return slug?.split('_and_').join(' and ')
}
