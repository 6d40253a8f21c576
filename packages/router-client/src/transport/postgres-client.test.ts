import { expect, test } from 'vitest'
import { addressProblems } from './postgres-client.ts'

const pool = { query: async () => ({ rows: [] }) }

test.each([{ pool }, { connectionString: 'postgres://user:pa%2Fss@host/db?sslmode=verify-full' }])(
  '%j is an address',
  (address) => {
    expect(addressProblems('postgresOutcomes', address)).toEqual([])
  },
)

test.each([
  ['', 'needs a pool'],
  ['postgres://user:sec/ret@host/db', 'connectionString is not a URL'],
  ['postgres://user:secret@host/db?sslmode=on', 'connectionString has an unknown sslmode'],
])('the problem of %s is said without the password', (connectionString, problem) => {
  const [said, ...others] = addressProblems('postgresOutcomes', { connectionString })
  expect(said).toContain(`postgresOutcomes: ${problem}`)
  expect(said).not.toMatch(/sec|ret@/)
  expect(others).toEqual([])
})
