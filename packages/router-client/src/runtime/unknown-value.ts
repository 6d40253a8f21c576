// First steps with a value that may be anything: what it is, what to say about it, and text that can be sent.

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Undefined when the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A text about any thrown value. Never throws. */
export function describeCause(cause: unknown): string {
  try {
    if (!(cause instanceof Error)) return String(cause)
    if (cause.message !== '') return String(cause.message)
    // A refused connection to a name with several addresses has a code and no message.
    return 'code' in cause ? String(cause.code) : cause.name
  } catch {
    return 'a thrown value that cannot be shown'
  }
}

/** Handles the rejection of what a callback returned: a promise of any realm or library, or anything else. */
export function catchRejection(returned: unknown, onRejected: (cause: unknown) => void): void {
  if (isThenable(returned)) Promise.resolve(returned).catch(onRejected)
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value
}

/** The first problem that a schema found, with its path. */
export function describeIssue({
  issues,
}: {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]
}): string {
  const issue = issues[0]
  if (issue === undefined) return 'not valid'
  const where = issue.path.map(String).join('.')
  return where === '' ? issue.message : `${where}: ${issue.message}`
}

const REPLACEMENT = '\uFFFD'

/**
 * Text that Postgres' jsonb can hold: a NUL and each lone half of a surrogate pair become U+FFFD. Cut to
 * `maxChars` UTF-16 units, never through a pair.
 */
export function toSafeText(text: string, maxChars = Number.POSITIVE_INFINITY): string {
  const clipped = text.length > maxChars ? clip(text, maxChars) : text
  // Without the u flag \p{Surrogate} would also match the halves of whole pairs.
  return clipped.replace(/\0|\p{Surrogate}/gu, REPLACEMENT)
}

/** Text on one line that cannot steer a terminal: control and format characters become U+FFFD. */
export function toPrintable(text: string, maxChars: number): string {
  return toSafeText(text, maxChars).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, REPLACEMENT)
}

function clip(text: string, maxChars: number): string {
  const last = text.charCodeAt(maxChars - 1)
  const splitsPair = last >= 0xd800 && last <= 0xdbff
  return text.slice(0, splitsPair ? maxChars - 1 : maxChars)
}
