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
 * `[a-z][a-z0-9_-]{0,62}` is a user's own task type. Up to two more segments, such as in `coding/rust` or
 * `support/team-a/berlin`, make it a path: a kind of work within another, which begins with what is known there.
 */
export type TaskType = BuiltInTaskType | (string & Record<never, never>)

/**
 * Three segments of 63 characters at most. winrate.is_task_type states the same rule. A last segment that begins with
 * `@` names a stratum, which only routers make.
 */
export const taskTypePattern =
  /^[a-z][a-z0-9_-]{0,62}(?:\/[a-z0-9][a-z0-9_.-]{0,62})?(?:\/[a-z0-9@][a-z0-9_.-]{0,62})?$/

/** How task types are described to people. */
export const taskTypeRule = 'a task type ([a-z][a-z0-9_-]{0,62}, or a path: coding/rust)'

export const taskTypeSchema = pattern(taskTypePattern, taskTypeRule)

/** Whether `value` may be used as a task type. */
export function isTaskType(value: unknown): value is TaskType {
  return typeof value === 'string' && taskTypePattern.test(value)
}

/** What a path lies in; undefined for a task type of one segment. */
export function parentTask(taskType: string): string | undefined {
  const end = taskType.lastIndexOf('/')
  return end < 0 ? undefined : taskType.slice(0, end)
}

/** The first segment. */
export function rootTask(taskType: string): string {
  const end = taskType.indexOf('/')
  return end < 0 ? taskType : taskType.slice(0, end)
}

/** Whether it is a task type or one of the paths in it. */
export function isWithin(taskType: string, whole: string): boolean {
  return taskType === whole || taskType.startsWith(`${whole}/`)
}

/** Orders task types by name, each with the paths in it behind it. */
export function byPath(one: string, other: string): number {
  // A blank comes before every character of a name.
  const [first, second] = [one.replaceAll('/', ' '), other.replaceAll('/', ' ')]
  if (first === second) return 0
  return first < second ? -1 : 1
}

/** Whether it holds the requests of its parent that only some models can take. */
export function isStratum(taskType: string): boolean {
  return taskType.includes('/@')
}

/** The task type of the requests that a task type holds: of a stratum its parent. */
export function askedTask(taskType: string): string {
  return isStratum(taskType) ? (parentTask(taskType) ?? taskType) : taskType
}

/** The first answer on the way from a task type up through what it lies in. */
export function findUpwards<Answer>(
  taskType: string,
  answerAt: (taskType: string) => Answer | undefined,
): Answer | undefined {
  for (let at: string | undefined = taskType; at !== undefined; at = parentTask(at)) {
    const answer = answerAt(at)
    if (answer !== undefined) return answer
  }
  return undefined
}
