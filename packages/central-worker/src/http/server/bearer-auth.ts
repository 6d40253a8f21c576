// Bearer tokens by scope. Guarantee: the time of a refusal does not depend on how much of a token matches.
import { createHash, timingSafeEqual } from 'node:crypto'
import { HttpError } from './http-error.ts'

export type Scope = 'publish' | 'read' | 'admin'

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
  return {
    isOpen,
    /**
     * Checks an Authorization header for a scope.
     *
     * @throws HttpError 401 without a known token, 403 with one that is known for other scopes only.
     */
    authorize(scope: Scope, authorization: string | undefined): void {
      if (isOpen(scope)) return
      const given = digest(bearerToken(authorization))
      const scopes = new Set<Scope>()
      for (const each of ['publish', 'read', 'admin'] as const) {
        for (const token of known[each]) {
          if (timingSafeEqual(token, given)) scopes.add(each)
        }
      }
      if (scopes.has(scope) || scopes.has('admin')) return
      if (scopes.size > 0) throw forbidden(scope, [...scopes].join(' and '))
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
