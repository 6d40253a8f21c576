import { describe, expect, test } from 'vitest'
import { readPostgresUrl } from './postgres-url.ts'
import { serverUrlProblem, splitServers } from './server-url.ts'

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

  test('a host may be missing', () => {
    expect(readPostgresUrl('postgres://u:p@/db?host=/run/postgresql', {})).toHaveProperty('url')
    expect(readPostgresUrl('postgres:///db', {})).toHaveProperty('url')
  })
})

describe('several hosts', () => {
  const read = (text: string) => readPostgresUrl(text, {})

  test('are one URL, with what it says of each, for sessions that write', () => {
    const text = 'postgres://u:p%2C@a:5433,b,[::1]:5/db?target_session_attrs=read-write'
    const { url = '' } = { url: undefined, ...read(`${text}&sslmode=require`) }
    const rest = '/db?target_session_attrs=read-write&sslmode=require&uselibpqcompat=true'
    expect(splitServers(url)).toEqual(
      ['a:5433', 'b', '[::1]:5'].map((host) => `postgres://u:p%2C@${host}${rest}`),
    )
    expect(read(text.replace('read-write', 'primary'))).toHaveProperty('url')
  })

  test.each(['', '?target_session_attrs=any', '?target_session_attrs=standby'])(
    'are a problem with %j: Winrate writes',
    (query) => {
      expect(read(`postgres://u:p@a,b/db${query}`).problem).toContain('add target_session_attrs')
    },
  )

  test('each must be one', () => {
    expect(serverUrlProblem('postgres://u:p@a,b:x/db')).toContain('not a URL')
  })

  test('a comma elsewhere separates nothing', () => {
    for (const url of ['postgres://u:a,b@h/db', 'postgres://h/a,b', 'postgres://u:a@b,c@h/db']) {
      expect(splitServers(url)).toEqual([url])
    }
  })
})
