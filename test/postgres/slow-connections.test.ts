import { createConnection, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { createPool } from '../../packages/central-worker/src/postgres/create-pool.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'

const database = await createTestDatabase()
const DELAY_MS = 1_000

test('a proxy that takes longer for each connection than the first attempt waits is waited for', async () => {
  const target = new URL(database.url)
  const url = new URL(database.url)
  let attempts = 0
  const proxy = createServer((client) => {
    attempts += 1
    client.on('error', () => {}).pause()
    const timer = setTimeout(() => {
      const upstream = createConnection(Number(target.port || 5432), target.hostname)
      upstream.on('error', () => {}).on('close', () => client.destroy())
      client.on('close', () => upstream.destroy())
      client.pipe(upstream).pipe(client)
    }, DELAY_MS)
    client.once('close', () => clearTimeout(timer))
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const address = proxy.address()
  url.host = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const pool = createPool({
    connectionString: url.href,
    size: 1,
    logger: createLogger('silent'),
    connectTimeoutMs: DELAY_MS / 10,
  })
  onTestFinished(async () => {
    await pool.end()
    await new Promise((resolve) => proxy.close(resolve))
  })
  const isAnswered = () =>
    pool.query('select').then(
      () => true,
      () => false,
    )
  await waitUntil(isAnswered, { describe: 'an answer' })
  expect(attempts).toBeGreaterThan(1)
})
