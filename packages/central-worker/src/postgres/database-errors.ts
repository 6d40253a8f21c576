// Classifies errors of the database by what they mean for the caller. Whether one blames the message that is being
// stored is up to winrate.blames_message.

/** SQLSTATE classes that say nothing about the statement: connection, resources, operator, retry. */
const transientClasses = ['08', '25', '40', '53', '55', '57', '58']

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

// pg reports some failed connections without a code.
const connectionMessages =
  /connection terminated|connection ended|timeout exceeded when trying to connect|timeout expired|client was closed|not queryable|query read timeout/i

/** The five characters of a SQLSTATE; undefined for anything but an error that Postgres sent. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = codeOf(error)
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && 'severity' in Object(error)
    ? code
    : undefined
}

/** Whether the same statement may succeed later: the database is unreachable, busy or restarting. */
export function isTransient(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isTransient)
  const state = sqlStateOf(error)
  if (state !== undefined) return transientClasses.includes(state.slice(0, 2))
  const code = codeOf(error)
  if (code !== undefined && networkCodes.has(code)) return true
  return error instanceof Error && connectionMessages.test(error.message)
}

/** Whether the error comes from the database, rather than from a bug in this code. */
export function isDatabaseError(error: unknown): boolean {
  return sqlStateOf(error) !== undefined || isTransient(error)
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
