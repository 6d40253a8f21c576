import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../runtime/clock.ts'
import { addressProblems, createPostgresClient } from './postgres-client.ts'

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

test('connects that fail leave nothing behind that waits for the client to close', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const warnings: Error[] = []
  const note = (warning: Error) => warnings.push(warning)
  process.on('warning', note)
  onTestFinished(() => {
    process.off('warning', note)
  })

  const client = createPostgresClient({ connectionString: `postgres://127.0.0.1:${port}/any` })
  // Node warns when more than 10 listen to one signal.
  for (let at = 0; at < 12; at += 1) {
    await expect(client.query(systemClock, 'select 1', [])).rejects.toThrow('ECONNREFUSED')
  }
  await new Promise(setImmediate)
  expect(warnings).toEqual([])
  await client.close()
})
