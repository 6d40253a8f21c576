import { describe, expect, it } from 'vitest'
import { createBearerAuth, type Scope } from './bearer-auth.ts'
import { HttpError } from './http-error.ts'

const auth = createBearerAuth({
  publish: ['p1', 'p2'],
  read: ['r1'],
  admin: ['a1'],
})

function statusOf(scope: Scope, header: string | undefined, by = auth): number {
  try {
    by.authorize(scope, header)
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
  ])('answers for %s with token %s: %i', (scope, token, status) => {
    expect(statusOf(scope, `Bearer ${token}`)).toBe(status)
  })

  it.each([undefined, '', 'Bearer', 'Bearer ', 'r1', 'Basic r1', 'Bearer r1 r1', 'Bearer r1,p1'])(
    'refuses the header %s',
    (header) => {
      expect(statusOf('read', header)).toBe(401)
    },
  )

  it('takes the scheme in any case', () => {
    expect(statusOf('read', 'bearer r1')).toBe(200)
  })

  it('opens a scope without tokens, and only that', () => {
    const half = createBearerAuth({ read: [], admin: ['a1'] })
    expect(statusOf('read', undefined, half)).toBe(200)
    expect(statusOf('publish', undefined, half)).toBe(200)
    expect(statusOf('admin', undefined, half)).toBe(401)
  })

  it('does not take an empty token for a configured one', () => {
    expect(statusOf('read', 'Bearer ""')).toBe(401)
  })
})
