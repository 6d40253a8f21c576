import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createLogger } from '../observability/create-logger.ts'
import { createPool } from './create-pool.ts'
import { isTransient } from './database-errors.ts'

test('a certificate that vanishes while connections wait fails them, and nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'winrate-ca-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'ca.crt')
  writeFileSync(file, 'a certificate')
  const pool = createPool({
    // Nothing listens on port 1. Of two queries, one waits until the attempt of the other is over.
    connectionString: `postgres://u@127.0.0.1:1/d?sslmode=verify-full&sslrootcert=${file}&uselibpqcompat=true`,
    size: 1,
    logger: createLogger('silent'),
  })
  const queries = [pool.query('select 1'), pool.query('select 1')]
  rmSync(file)
  const [first, second] = await Promise.allSettled(queries)
  expect(first).toMatchObject({ reason: { code: 'ECONNREFUSED' } })
  expect(second).toMatchObject({ reason: { message: expect.stringContaining('ENOENT') } })
  expect(isTransient(second?.status === 'rejected' ? second.reason : undefined)).toBe(true)
  await pool.end()
})
