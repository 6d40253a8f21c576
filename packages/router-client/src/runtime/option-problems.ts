// Checks of option objects, in sentences that name the function and the option.

/** Node turns longer delays into 1 ms. */
export const MAX_TIMER_MS = 2_147_483_647

/** Durations must be more than nothing: what is none would be a pause of none, again and again. */
export function durationProblems(name: string, durations: Record<string, unknown>): string[] {
  return Object.entries(durations)
    .filter(([, value]) => value !== undefined && !isDuration(value))
    .map(([option]) => `${name}: ${option} must be above 0 and at most ${MAX_TIMER_MS}`)
}

export function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= MAX_TIMER_MS
}

/** A token goes into a header; a line break at its end, as of a file, would fail every request. */
export function tokenProblems(name: string, token: unknown): string[] {
  if (token === undefined) return []
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return []
  return [`${name}: token must be printable ASCII without spaces or line breaks`]
}

/** The first thing that a schema found wrong, with its place. */
export function firstIssue({
  issues,
}: {
  issues: { path: PropertyKey[]; message: string }[]
}): string {
  const issue = issues[0]
  if (issue === undefined) return 'not valid'
  const where = issue.path.map(String).join('.')
  return where === '' ? issue.message : `${where}: ${issue.message}`
}
