// Bearer tokens by scope. Guarantee: the time of a refusal does not depend on how much of a token matches.
import { createHash, timingSafeEqual } from 'node:crypto'
import { HttpError } from './http-error.ts'

const scopes = ['publish', 'read', 'admin'] as const

export type Scope = (typeof scopes)[number]

/** Tokens by scope. A scope without tokens is open; an admin token opens every scope. */
export type Tokens = Readonly<Partial<Record<Scope, readonly string[]>>>

export type BearerAuth = ReturnType<typeof createBearerAuth>

export function createBearerAuth(tokens: Tokens) {
  const known = {
    publish: (tokens.publish ?? []).map(digest),
    read: (tokens.read ?? []).map(digest),
    admin: (tokens.admin ?? []).map(digest),
  }
  /** Whether a scope needs no token. */
  const isOpen = (scope: Scope) => known[scope].length === 0

  /** The scopes that have the token; compares it with every known one. */
  function scopesWith(authorization: string | undefined): ReadonlySet<Scope> {
    const given = digest(bearerToken(authorization))
    const found = new Set<Scope>()
    for (const scope of scopes) {
      for (const token of known[scope]) {
        if (timingSafeEqual(token, given)) found.add(scope)
      }
    }
    return found
  }

  return {
    isOpen,
    /**
     * What an Authorization header opens, what is open without one included. `byToken` tells whether a token opened any.
     *
     * @throws HttpError 401 with an unknown token, and where nothing is open without one.
     */
    scopesOf(authorization: string | undefined): { scopes: readonly Scope[]; byToken: boolean } {
      const open = scopes.filter(isOpen)
      if (open.length === scopes.length) return { scopes, byToken: false }
      const own = scopesWith(authorization)
      if (own.size === 0 && (open.length === 0 || authorization !== undefined)) {
        throw unauthorized('read', authorization !== undefined)
      }
      const opens = (scope: Scope) => isOpen(scope) || own.has(scope) || own.has('admin')
      return { scopes: scopes.filter(opens), byToken: own.size > 0 }
    },
    /**
     * Checks an Authorization header for a scope.
     *
     * @throws HttpError 401 without a known token, 403 with one that is known for other scopes only.
     */
    authorize(scope: Scope, authorization: string | undefined): void {
      if (isOpen(scope)) return
      const own = scopesWith(authorization)
      if (own.has(scope) || own.has('admin')) return
      if (own.size > 0) throw forbidden(scope, [...own].join(' and '))
      throw unauthorized(scope, authorization !== undefined)
    },
  }
}

// Digests have one length, which the comparison needs, and keep the tokens out of core dumps.
function digest(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest()
}

function bearerToken(authorization: string | undefined): string {
  return /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? ''
}

function unauthorized(scope: Scope, isGiven: boolean): HttpError {
  const message = isGiven
    ? `This worker does not know the token. Send one for ${scope}: see WINRATE_${scope.toUpperCase()}_TOKEN.`
    : `Send a token for ${scope} as Authorization: Bearer <token>.`
  const headers = { 'www-authenticate': 'Bearer realm="winrate"' }
  return new HttpError(401, { code: 'unauthorized', message }, { headers })
}

function forbidden(scope: Scope, known: string): HttpError {
  const message = `This token is for ${known}. Send one for ${scope}: see WINRATE_${scope.toUpperCase()}_TOKEN.`
  const headers = { 'www-authenticate': 'Bearer realm="winrate", error="insufficient_scope"' }
  return new HttpError(403, { code: 'forbidden', message }, { headers })
}
