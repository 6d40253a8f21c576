import { describe, expect, it } from 'vitest'
import type { FoundToken } from '../../tokens/token-book.ts'
import { createBearerAuth, type Scope } from './bearer-auth.ts'
import { HttpError } from './http-error.ts'

const token = {
  ...{ id: '0123456789abcdef', project: 'acme', label: 'agents', scopes: ['read'] as const },
  ...{ instances: null, limits: {}, expiresAt: null },
}

/** The tokens of the database. */
const find = async (text: string): Promise<FoundToken> => {
  if (text === 'wr_read') return { status: 'valid', token }
  if (text === 'wr_admin') return { status: 'valid', token: { ...token, scopes: ['admin'] } }
  return { status: text === 'wr_old' ? 'expired' : text === 'wr_away' ? 'away' : 'unknown' }
}

const environment = { publish: ['p1', 'p2'], read: ['r1'], admin: ['a1'] }
const project = 'acme'
const auth = createBearerAuth(environment, { find }, { project })

async function statusOf(scope: Scope, header: string | undefined, by = auth): Promise<number> {
  try {
    await by.authorize(scope, header)
    return 200
  } catch (error) {
    if (error instanceof HttpError) return error.status
    throw error
  }
}

describe('createBearerAuth', () => {
  it.each<[Scope, string, number]>([
    ['publish', 'p1', 200],
    ['publish', 'p2', 200],
    ['publish', 'r1', 403],
    ['publish', 'a1', 200],
    ['read', 'p1', 403],
    ['read', 'r1', 200],
    ['read', 'a1', 200],
    ['admin', 'p1', 403],
    ['admin', 'r1', 403],
    ['admin', 'a1', 200],
    ['read', 'unknown', 401],
    ['read', 'r', 401],
    ['read', 'r11', 401],
  ])('answers for %s with token %s: %i', async (scope, token, status) => {
    expect(await statusOf(scope, `Bearer ${token}`)).toBe(status)
  })

  it.each([undefined, '', 'Bearer', 'Bearer ', 'r1', 'Basic r1', 'Bearer r1 r1', 'Bearer r1,p1'])(
    'refuses the header %s',
    async (header) => {
      expect(await statusOf('read', header)).toBe(401)
    },
  )

  it('takes the scheme in any case', async () => {
    expect(await statusOf('read', 'bearer r1')).toBe(200)
  })

  it('opens a scope without tokens, and only that', async () => {
    const half = createBearerAuth({ read: [], admin: ['a1'] }, { find })
    expect(await statusOf('read', undefined, half)).toBe(200)
    expect(await statusOf('publish', undefined, half)).toBe(200)
    expect(await statusOf('admin', undefined, half)).toBe(401)
  })

  it('does not take an empty token for a configured one', async () => {
    expect(await statusOf('read', 'Bearer ""')).toBe(401)
  })

  it.each<[Scope, string, number]>([
    ['read', 'wr_read', 200],
    ['publish', 'wr_read', 403],
    ['feedback', 'wr_read', 403],
    ['publish', 'wr_admin', 200],
    ['feedback', 'wr_admin', 200],
    ['read', 'wr_old', 401],
    ['read', 'wr_other', 401],
    ['read', 'wr_away', 503],
  ])(
    'answers for %s with %s of the database alike, whether it is open or not: %i',
    async (scope, text, status) => {
      const open = createBearerAuth({}, { find }, { project })
      expect(await statusOf(scope, `Bearer ${text}`)).toBe(status)
      expect(await statusOf(scope, `Bearer ${text}`, open)).toBe(status)
    },
  )

  it('opens nothing with a token of another project, whatever is open', async () => {
    const other = createBearerAuth({}, { find })
    for (const scope of ['publish', 'read', 'admin', 'feedback'] as const) {
      expect(await statusOf(scope, 'Bearer wr_admin', other)).toBe(503)
      expect(await other.authorize(scope, undefined)).toMatchObject({ project: 'default' })
    }
    expect(await auth.authorize('read', 'Bearer wr_read')).toMatchObject({ project: 'acme' })
  })

  it('opens nothing where tokens are required, but feedback', async () => {
    const required = createBearerAuth({}, { find }, { requireTokens: true, project })
    for (const scope of ['publish', 'read', 'admin'] as const) {
      expect(await statusOf(scope, undefined, required)).toBe(401)
      expect(await statusOf(scope, 'Bearer wr_admin', required)).toBe(200)
    }
    expect(await statusOf('feedback', undefined, required)).toBe(200)
  })
})
