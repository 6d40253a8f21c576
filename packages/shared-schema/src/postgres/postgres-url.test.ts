import { describe, expect, test } from 'vitest'
import { readPostgresUrl, serverUrlProblem } from './postgres-url.ts'

const HOST = 'postgres://u:p@host:5432/db'

/** The parameters of the URL that `pg` gets. */
function parameters(text: string, environment = {}) {
  const { url, problem } = { url: undefined, ...readPostgresUrl(text, environment) }
  if (url === undefined) return problem
  return Object.fromEntries(new URL(url).searchParams)
}

describe('TLS', () => {
  const libpq = { uselibpqcompat: 'true' }
  test.each([
    ['', {}, {}],
    ['', { PGSSLROOTCERT: '/ca' }, {}],
    ['?sslmode=disable', { PGSSLROOTCERT: '/ca' }, { sslmode: 'disable', ...libpq }],
    ['?sslmode=disable&sslrootcert=/ca', {}, { sslmode: 'disable', ...libpq }],
    ['?sslmode=require', {}, { sslmode: 'require', ...libpq }],
    ['?sslmode=allow', {}, { sslmode: 'prefer', ...libpq }],
    ['?sslmode=no-verify', {}, { sslmode: 'no-verify' }],
    ['?sslmode=verify-full&sslrootcert=system', {}, { sslmode: 'verify-full', ...libpq }],
    ['', { PGSSLMODE: 'require' }, { sslmode: 'require', ...libpq }],
    [
      '?sslmode=verify-ca',
      { PGSSLROOTCERT: '/ca', PGSSLMODE: 'disable' },
      { sslmode: 'verify-ca', sslrootcert: '/ca', ...libpq },
    ],
    [
      '?sslmode=verify-full&sslrootcert=/ca&sslcert=/crt&sslkey=/key',
      {},
      { sslmode: 'verify-full', sslrootcert: '/ca', sslcert: '/crt', sslkey: '/key', ...libpq },
    ],
  ])('%s with %j', (query, environment, expected) => {
    expect(parameters(`${HOST}${query}`, environment)).toEqual(expected)
  })

  test('an unknown mode, and a CA that is missing, are problems', () => {
    expect(parameters(`${HOST}?sslmode=on`)).toContain('unknown sslmode')
    expect(parameters(`${HOST}?sslmode=verify-ca`)).toContain('sslrootcert=FILE')
  })
})

describe('passwords', () => {
  const special = '#/?@:%&=+ é\\"\'`<>[]{}|^$'

  test('a percent-encoded password of any characters is one', () => {
    const text = `postgres://u:${encodeURIComponent(special)}@host/db`
    const { url = '' } = { url: undefined, ...readPostgresUrl(text, {}) }
    expect(decodeURIComponent(new URL(url).password)).toBe(special)
    expect(serverUrlProblem(text)).toBeUndefined()
  })

  test.each([...special])(
    'with %s as it is, it is right or a problem that does not tell it',
    (character) => {
      for (const password of [`secret${character}1secret`, `1${character}secret`]) {
        const text = `postgres://u:${password}@host/db`
        const result = readPostgresUrl(text, {})
        if ('problem' in result) {
          expect(result.problem).toContain('percent-encode')
          expect(result.problem).not.toContain('secret')
        } else {
          const { hostname, password: read } = new URL(result.url)
          expect([hostname, decodeURIComponent(read)]).toEqual(['host', password])
        }
      }
    },
  )

  test('one without a user is no problem: Redis has such passwords', () => {
    expect(serverUrlProblem('redis://:secret@redis:6379/0')).toBeUndefined()
    expect(serverUrlProblem('redis://:1/secret@redis:6379/0')).toContain('percent-encode')
  })

  test('several hosts are a problem', () => {
    expect(serverUrlProblem('postgres://u:p@a:5432,b:5432/db')).toContain('several hosts')
  })

  test('a host may be missing', () => {
    expect(readPostgresUrl('postgres://u:p@/db?host=/run/postgresql', {})).toHaveProperty('url')
    expect(readPostgresUrl('postgres:///db', {})).toHaveProperty('url')
  })
})
