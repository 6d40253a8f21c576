// Who asks, by the bearer token of a request: one of the environment, or one of the database. Guarantees: the time of a refusal
// does not depend on how much of a token matches; a token of the database opens what it says and nothing else, also where
// that is open to all.
import { createHash, timingSafeEqual } from 'node:crypto'
import { type TokenScope as Scope, tokenScopes } from '@winrate/shared-schema/http'
import { DEFAULT_PROJECT } from '../../projects/project-names.ts'
import type { FoundToken, KnownToken, TokenBook } from '../../tokens/token-book.ts'
import { isTokenText } from '../../tokens/token-text.ts'
import { HttpError, unavailable } from './http-error.ts'

export type { Scope }

const environmentScopes = ['publish', 'read', 'admin'] as const

/** Tokens by scope. A scope without tokens is open; an admin token opens every scope. */
export type Tokens = Readonly<
  Partial<Record<(typeof environmentScopes)[number], readonly string[]>>
>

/** Who asks. */
export interface Bearer {
  readonly project: string
  /** Every scope that the request may use. */
  readonly scopes: readonly Scope[]
  /** Whether a token says so. */
  readonly byToken: boolean
  /** The token, where it is one of the database. */
  readonly token?: KnownToken
}

export type BearerAuth = ReturnType<typeof createBearerAuth>

/**
 * @param tokens Those of the environment.
 * @param requireTokens Whether no scope is open, whatever tokens the environment has.
 * @param project Whose requests these are: tokens of other projects open nothing. Default: `default`.
 */
export function createBearerAuth(
  tokens: Tokens,
  { find }: Pick<TokenBook, 'find'>,
  { requireTokens = false, project = DEFAULT_PROJECT } = {},
) {
  const known = environmentScopes.map((scope) => ({
    scope,
    digests: (tokens[scope] ?? []).map(digest),
  }))
  /** Feedback is open because pages send it, with the reference of a decision. */
  const open = tokenScopes.filter(
    (scope) =>
      scope === 'feedback' ||
      (!requireTokens && known.every((one) => one.scope !== scope || one.digests.length === 0)),
  )

  /** The scopes that the environment gives the token; compares it with every known one. */
  function scopesInEnvironment(text: string): readonly Scope[] {
    const given = digest(text)
    const found: Scope[] = []
    for (const { scope, digests } of known) {
      for (const token of digests) if (timingSafeEqual(token, given)) found.push(scope)
    }
    return found.includes('admin') ? tokenScopes : found
  }

  return {
    /**
     * Checks whether an Authorization header opens the scope, or any scope, and says who asks.
     *
     * @throws HttpError 401 without a valid token, 403 with one of other scopes, 503 while the database cannot be asked.
     */
    async authorize(scope: Scope | 'any', authorization: string | undefined): Promise<Bearer> {
      const isOpen = scope === 'any' ? open.length > 1 : open.includes(scope)
      const text = bearerToken(authorization)
      const anonymous = { project, scopes: open, byToken: false }
      if (authorization === undefined && isOpen) return anonymous
      const own = scopesInEnvironment(text)
      const hasScope = (scopes: readonly Scope[]) =>
        scope === 'any' ? scopes.length > 0 : scopes.includes(scope)
      if (hasScope(own)) {
        const scopes = tokenScopes.filter((one) => own.includes(one) || open.includes(one))
        return { project, scopes, byToken: true }
      }
      if (own.length === 0 && isTokenText(text)) {
        const token = tokenOf(await find(text))
        if (token.project !== project) throw projectAway(token.project)
        const scopes = token.scopes.includes('admin') ? tokenScopes : token.scopes
        if (!hasScope(scopes)) throw forbidden(scope, scopes.join(' and '))
        return { project, scopes, byToken: true, token }
      }
      // Whoever asks what a token opens wants to know whether it is one.
      if (isOpen && (scope !== 'any' || open.length === tokenScopes.length)) return anonymous
      if (own.length > 0) throw forbidden(scope, own.join(' and '))
      throw unauthorized(scope, authorization !== undefined)
    },
  }
}

/** @throws HttpError 401, 503 */
function tokenOf(found: FoundToken): KnownToken {
  if (found.status === 'valid') return found.token
  if (found.status === 'away') {
    throw unavailable({
      code: 'tokens-unavailable',
      message: 'The token cannot be checked while the database is away. Try again.',
    })
  }
  const what =
    found.status === 'unknown'
      ? 'This worker does not know the token'
      : found.status === 'expired'
        ? 'This token has expired'
        : 'This token was revoked'
  throw refused(`${what}. An operator makes another: npx winrate token create.`)
}

function projectAway(project: string): HttpError {
  const message = `The project ${project} does not run on this replica now. Try again.`
  return unavailable({ code: 'project-away', message })
}

// Digests have one length, which the comparison needs, and keep the tokens out of core dumps.
function digest(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest()
}

export function bearerToken(authorization: string | undefined): string {
  return /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? ''
}

function unauthorized(scope: Scope | 'any', isGiven: boolean): HttpError {
  const wanted = scope === 'any' ? 'read' : scope
  return refused(
    isGiven
      ? `This worker does not know the token. ${sendOne(wanted)}`
      : `Send a token for ${wanted} as Authorization: Bearer <token>.`,
  )
}

function sendOne(scope: Scope | 'any'): string {
  const known = environmentScopes.find((one) => one === scope)
  const variable = known === undefined ? '' : `WINRATE_${known.toUpperCase()}_TOKEN, or `
  return `Send one for ${scope}: see ${variable}"npx winrate token create".`
}

function refused(message: string): HttpError {
  const headers = { 'www-authenticate': 'Bearer realm="winrate"' }
  return new HttpError(401, { code: 'unauthorized', message }, { headers })
}

function forbidden(scope: Scope | 'any', known: string): HttpError {
  const message = `This token is for ${known}. ${sendOne(scope)}`
  const headers = { 'www-authenticate': 'Bearer realm="winrate", error="insufficient_scope"' }
  return new HttpError(403, { code: 'forbidden', message }, { headers })
}
