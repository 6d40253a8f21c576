import { pattern } from '../../schema/values.ts'

/** The kinds of work that have documented default win rates and similarities. */
export const builtInTaskTypes = [
  'architecture',
  'coding',
  'refactoring',
  'analysis',
  'research',
  'planning',
  'chat',
] as const

export type BuiltInTaskType = (typeof builtInTaskTypes)[number]

/**
 * A kind of work. The built-in ones autocomplete; any other string of
 * `[a-z][a-z0-9_-]{0,62}` is a user's own task type.
 */
export type TaskType = BuiltInTaskType | (string & Record<never, never>)

export const taskTypePattern = /^[a-z][a-z0-9_-]{0,62}$/

export const taskTypeSchema = pattern(taskTypePattern, 'a task type ([a-z][a-z0-9_-]{0,62})')

/** Whether `value` may be used as a task type. */
export function isTaskType(value: unknown): value is TaskType {
  return typeof value === 'string' && taskTypePattern.test(value)
}
