// Short texts about errors, for logs, events and error messages.

/** A text about any thrown value. Never throws. */
export function describeCause(cause: unknown): string {
  try {
    if (!(cause instanceof Error)) return String(cause)
    if (cause.message !== '') return cause.message
    // A refused connection to a name with several addresses has a code and no message.
    return 'code' in cause ? String(cause.code) : cause.name
  } catch {
    return 'a thrown value that cannot be shown'
  }
}

/** The first problem that a schema found, with its path. */
export function describeIssue({
  issues,
}: {
  readonly issues: readonly { readonly path: PropertyKey[]; readonly message: string }[]
}): string {
  const issue = issues[0]
  if (issue === undefined) return 'not valid'
  const where = issue.path.map(String).join('.')
  return where === '' ? issue.message : `${where}: ${issue.message}`
}
