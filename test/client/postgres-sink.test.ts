// How the Postgres sink interprets the answers of a real Postgres: which ones are final for a batch, and
// after which ones it sends the batch again.
import { connect, createServer } from 'node:net'
import { createRouter, postgresOutcomes } from '@winrate/router-client'
import { manualClock } from '@winrate/router-client/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'

const database = await createTestDatabase()
const { signal } = new AbortController()
const batchId = '019a0000-0000-7000-8000-000000000001'

const opened: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close()
})

/** Sends a text as a batch through the connection string, like an agent. */
async function send(text: string, connectionString = database.url) {
  const sink = postgresOutcomes({ connectionString })
  opened.push(sink)
  return await sink.send({ batchId, text, outcomes: 1 }, { clock: manualClock(), signal })
}

/** Makes every insert into the queue's table fail with this error code. */
async function failQueue(code: string): Promise<void> {
  await database.pool.query(`
    create or replace function fail_send() returns trigger language plpgsql as $$
    begin raise exception 'refused' using errcode = '${code}'; end $$`)
  await database.pool.query(`
    create trigger fail_send before insert on pgmq.q_task_preferences
    for each row execute function fail_send()`)
  opened.push({
    close: () => database.pool.query('drop trigger fail_send on pgmq.q_task_preferences'),
  })
}

async function queued(): Promise<number> {
  return await database.count('select count(*) from pgmq.q_task_preferences')
}

test('recorded outcomes are in the queue as one sealed batch', async () => {
  const router = createRouter({
    outcomes: postgresOutcomes({ connectionString: database.url }),
    instanceId: 'agent-1',
  })
  for (let at = 0; at < 3; at += 1) {
    const { decisionId } = router.route('x', 'coding')
    expect(router.recordPreference({ decisionId, success: at > 0 })).toBe('queued')
  }
  expect(await router.close()).toEqual({ status: 'flushed', remaining: 0 })
  expect(router.status().outcomes).toMatchObject({ sent: 3, buffered: 0, dropped: {} })
  const rows = await database.rows<{ instance: string; outcomes: number }>(`
    select message ->> 'instance_id' as instance, jsonb_array_length(message -> 'outcomes') as outcomes
    from pgmq.q_task_preferences`)
  expect(rows).toEqual([{ instance: 'agent-1', outcomes: 3 }])
})

const newestId = () => database.count('select max(msg_id) from pgmq.q_task_preferences')

test('an accepted batch returns the id of its message', async () => {
  const first = await send('{}')
  expect(first).toMatchObject({ status: 'sent', messageId: await newestId() })
  const second = await send('{}')
  expect(second).toMatchObject({ status: 'sent', messageId: await newestId() })
  expect(second).not.toEqual(first)
})

test('the publisher role gets the id too', async () => {
  const role = `publisher_${process.pid}`
  await database.pool.query(`create role ${role} login password 'secret' in role winrate_publisher`)
  opened.push({ close: () => database.pool.query(`drop role ${role}`) })
  const url = new URL(database.url)
  url.username = role
  url.password = 'secret'
  expect(await send('{}', url.href)).toMatchObject({ status: 'sent', messageId: await newestId() })
})

test("a caller's pool is used, and close leaves it open", async () => {
  const sink = postgresOutcomes({ pool: database.pool })
  const before = await queued()
  const batch = { batchId, text: '{"own":"pool"}', outcomes: 1 }
  expect(await sink.send(batch, { clock: manualClock(), signal })).toMatchObject({ status: 'sent' })
  await sink.close()
  expect(await queued()).toBe(before + 1)
})

describe('a text that jsonb cannot hold is refused for good', () => {
  test.each([
    ['text that is not JSON', '{"a":'],
    ['an escaped NUL', String.raw`{"a":"\u0000"}`],
    ['a NUL', '{"a":"\u0000"}'],
    ['a number out of range', '{"a":1e400000}'],
  ])('%s', async (_, text) => {
    expect(await send(text)).toEqual({ status: 'rejected', problem: expect.any(String) })
  })
})

test.each(['54000', '53400', '22001'])(
  'a limit of the server (%s) asks for smaller batches',
  async (code) => {
    await failQueue(code)
    expect(await send('{}')).toEqual({ status: 'too-large' })
  },
)

test.each(['40001', '53300', '57014', 'XX000', 'P0001'])(
  'a transient error (%s) is retried soon',
  async (code) => {
    await failQueue(code)
    expect(await send('{}')).toEqual({ status: 'retry', problem: 'refused', slow: false })
  },
)

describe('an error that needs an operator is retried rarely', () => {
  test('a database that does not exist', async () => {
    const url = new URL(database.url)
    url.pathname = '/no_such_database'
    expect(await send('{}', url.href)).toMatchObject({ status: 'retry', slow: true })
  })

  test('a role that may not send', async () => {
    const role = `nobody_${process.pid}`
    await database.pool.query(`create role ${role} login password 'secret'`)
    opened.push({ close: () => database.pool.query(`drop role ${role}`) })
    const url = new URL(database.url)
    url.username = role
    url.password = 'secret'
    expect(await send('{}', url.href)).toMatchObject({ status: 'retry', slow: true })
  })

  test('a queue that does not exist', async () => {
    await database.pool.query('alter table pgmq.q_task_preferences rename to q_away')
    opened.push({
      close: () => database.pool.query('alter table pgmq.q_away rename to q_task_preferences'),
    })
    expect(await send('{}')).toMatchObject({ status: 'retry', slow: true })
  })
})

test('a missing server is retried soon, and the result says so', async () => {
  const result = await send('{}', 'postgres://127.0.0.1:1/any')
  expect(result).toEqual({
    status: 'retry',
    problem: expect.stringContaining('ECONNREFUSED'),
    slow: false,
  })
})

test('a proxy that takes four seconds for each connection costs one attempt', async () => {
  const { hostname: host, port } = new URL(database.url)
  const proxy = createServer((client) => {
    client.on('error', () => undefined)
    client.pause()
    setTimeout(() => {
      const server = connect(Number(port), host)
      server.on('error', () => client.destroy())
      client.on('close', () => server.destroy())
      client.pipe(server).pipe(client)
    }, 4_000)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  opened.push({ close: async () => void proxy.close() })
  const url = new URL(database.url)
  const address = proxy.address()
  url.host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  expect(await send('{}', url.href)).toEqual({
    status: 'retry',
    problem: 'no connection to Postgres within 3000 ms',
    slow: false,
  })
  expect(await send('{}', url.href)).toMatchObject({ status: 'sent' })
})

test('the next send replaces a connection that the server ended', async () => {
  const sink = postgresOutcomes({ connectionString: database.url })
  opened.push(sink)
  const batch = { batchId, text: '{"a":1}', outcomes: 1 }
  const context = { clock: manualClock(), signal }
  expect(await sink.send(batch, context)).toMatchObject({ status: 'sent' })
  await database.pool.query(`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
      and application_name <> 'winrate-test'`)
  const results = [await sink.send(batch, context), await sink.send(batch, context)]
  expect(results.at(-1)).toMatchObject({ status: 'sent' })
})

/** Locks the queue's table, so that a send waits. */
async function blockQueue(): Promise<{ release(): Promise<void> }> {
  const blocker = await database.pool.connect()
  await blocker.query('begin')
  await blocker.query('lock table pgmq.q_task_preferences')
  return {
    async release() {
      await blocker.query('rollback')
      blocker.release()
    },
  }
}

const waiting = `select pid from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock'`

test('a send is repeated if the server ends its connection', async () => {
  const queue = await blockQueue()
  const sent = send('{}')
  await waitUntil(async () => (await database.rows(waiting)).length > 0, {
    describe: 'a send that waits',
  })
  await database.pool.query(`select pg_terminate_backend(pid) from (${waiting}) as waiting`)
  expect(await sent).toMatchObject({ status: 'retry', slow: false })
  await queue.release()
})

test('close does not wait for a hanging send, and cuts its connection', async () => {
  const queue = await blockQueue()
  const sink = postgresOutcomes({ connectionString: database.url })
  const batch = { batchId, text: '{}', outcomes: 1 }
  const sent = sink.send(batch, { clock: manualClock(), signal })
  await waitUntil(async () => (await database.rows(waiting)).length > 0, {
    describe: 'a send that waits',
  })
  await sink.close()
  expect(await sent).toMatchObject({ status: 'retry' })
  await queue.release()
})

test('after close, the sink sends nothing and opens no connection', async () => {
  const sink = postgresOutcomes({ connectionString: database.url })
  await sink.close()
  // Uses its own marker, because a send of an earlier test may still arrive.
  const batch = { batchId, text: '{"sent":"after close"}', outcomes: 1 }
  expect(await sink.send(batch, { clock: manualClock(), signal })).toMatchObject({
    status: 'retry',
    problem: 'the connection to Postgres is closed',
  })
  expect(
    await database.count(
      `select count(*) from pgmq.q_task_preferences where message ->> 'sent' = 'after close'`,
    ),
  ).toBe(0)
})
