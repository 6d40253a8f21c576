// A machine loses power: the other end of its connections hears nothing. The database is in a network namespace, with a link that is
// cut, and one by which the test goes on.
import { afterAll, expect, inject, onTestFinished, test } from 'vitest'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import {
  createPool,
  type PoolOptions,
} from '../../packages/central-worker/src/postgres/create-pool.ts'
import { isTransient } from '../../packages/central-worker/src/postgres/database-errors.ts'
import { createNetworkNamespace } from '../support/network-namespace.ts'
import { startRemotePostgres } from '../support/remote-postgres.ts'
import { waitUntil } from '../support/wait-until.ts'

const logger = createLogger('silent')
const SILENCE_MS = 500

const parts = inject('hasNetworkNamespaces') ? await startParts() : undefined

async function startParts() {
  const { name, links, remove } = createNetworkNamespace(2)
  afterAll(remove)
  const [link, other] = links
  if (link === undefined || other === undefined) throw new Error('two links were wanted')
  const postgres = await startRemotePostgres(name)
  afterAll(() => postgres.stop())
  const open = (host: string, options: Partial<PoolOptions> = {}) => {
    const pool = createPool({ connectionString: postgres.url(host), size: 2, logger, ...options })
    afterAll(() => pool.end())
    return pool
  }
  const here = open(other.there)
  const answers = () =>
    here.query('select').then(
      () => true,
      () => false,
    )
  await waitUntil(answers, { describe: 'the database answers' })
  await here.query('create table public.locked ()')
  return { link, here, open }
}

type Parts = NonNullable<typeof parts>

const cases: Record<string, (parts: Parts) => Promise<void>> = {
  'a transaction of a worker whose machine vanishes ends, and its locks with it': async ({
    link,
    here,
    open,
  }) => {
    const soon = {
      tcp_keepalives_idle: '1',
      tcp_keepalives_interval: '1',
      tcp_keepalives_count: '1',
      tcp_user_timeout: '1s',
    }
    const worker = await open(link.there, { session: soon }).connect()
    await worker.query('begin; lock table public.locked')
    const isLocked = async () => {
      const { rows } = await here.query(
        `select from pg_locks where relation = 'public.locked'::regclass`,
      )
      return rows.length > 0
    }
    expect(await isLocked()).toBe(true)
    onTestFinished(link.mend)
    link.cutFromThere()
    await waitUntil(async () => !(await isLocked()), { describe: 'the lock is free' })
    worker.release(true)
    const { rows } = await here.query(
      `select name, setting from pg_settings where name = any ($1) order by name`,
      [Object.keys(soon)],
    )
    // What every session has that says nothing else: seconds, times, and milliseconds.
    expect(rows.map(({ setting }) => setting)).toEqual(['3', '10', '5', '25000'])
  },

  'a worker gives up what it asked a server that vanishes, and waits for one that works': async ({
    link,
    open,
  }) => {
    const pool = open(link.there, { silenceMs: SILENCE_MS })
    const { rows } = await pool.query(`select pg_sleep($1)::text, 'done' as answer`, [
      (4 * SILENCE_MS) / 1_000,
    ])
    expect(rows).toMatchObject([{ answer: 'done' }])
    onTestFinished(link.mend)
    link.cutFromHere()
    const error = await pool.query('select').catch((reason: unknown) => reason)
    link.mend()
    expect(error).toMatchObject({ message: expect.stringContaining('has vanished') })
    expect(isTransient(error)).toBe(true)
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  },
}

for (const [name, run] of Object.entries(cases)) {
  test.skipIf(parts === undefined)(name, async () => {
    if (parts !== undefined) await run(parts)
  })
}
