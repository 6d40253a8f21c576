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

/**
 * A connection that did not come about for a reason that neither Postgres nor the network names: TLS, or the
 * exchange of the password.
 */
export class ConnectError extends Error {
  override readonly name = 'ConnectError'
  readonly code: string | undefined

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.code = codeOf(cause)
  }
}

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
  if (error instanceof ConnectError) return true
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

/** The message, and what an operator can do about it. */
export function describeDatabaseError(error: unknown): string {
  // A host with several addresses fails with one error for each, and no message of its own.
  if (error instanceof AggregateError) return error.errors.map(describeDatabaseError).join('; ')
  const message = error instanceof Error ? error.message || error.name : String(error)
  const advice = adviceOn(codeOf(error), message)
  return advice === undefined ? message : `${message}: ${advice}`
}

function adviceOn(code: string | undefined, message: string): string | undefined {
  switch (code) {
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return 'the CA of its certificate is not known here; add sslrootcert=FILE with the certificate of the CA to the URL, or set PGSSLROOTCERT'
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'connect by a name in the certificate, or use sslmode=verify-ca'
    case '28000':
      return message.includes('no encryption')
        ? 'the server demands TLS; add sslmode=verify-full or sslmode=require to the URL'
        : undefined
    case '28P01':
      return 'correct user and password in DATABASE_URL'
    case '3D000':
      return 'create it, or correct DATABASE_URL'
    case '25006':
      return 'the server is a standby or read-only; connect to the primary'
    case '53300':
      return 'raise max_connections, or lower WINRATE_POOL_SIZE'
    default:
      return message === 'The server does not support SSL connections'
        ? 'set up TLS on the server, or use sslmode=disable'
        : undefined
  }
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
