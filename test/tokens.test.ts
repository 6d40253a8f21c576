// Tokens of the database: made by a command or over HTTP, known to every replica, and good for what they say.
import { randomBytes } from 'node:crypto'
import { tokenChangeSchema, tokensBodySchema, whoamiBodySchema } from '@winrate/shared-schema/http'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { createTokenControl } from '../packages/central-worker/src/tokens/token-control.ts'
import type { CreateToken } from '../packages/central-worker/src/tokens/token-requests.ts'
import { anOutcome, aSealedBatch } from './support/outcomes.ts'
import { startTcpProxy } from './support/tcp-proxy.ts'
import { createTestDatabase } from './support/test-database.ts'
import { waitUntil } from './support/wait-until.ts'
import { runWorkerCommand, startWorkerFor, startWorkerProcess } from './support/worker-process.ts'

const database = await createTestDatabase()
const environment = { DATABASE_URL: database.url, WINRATE_REQUIRE_TOKENS: 'true' }
const control = createTokenControl(database.pool)
const worker = await startWorkerFor(environment, afterAll)
/** No worker reads it. */
const unread = await createTestDatabase()

async function command(...args: string[]) {
  const { exitCode, stdout, stderr } = await runWorkerCommand(['token', ...args], environment)
  expect(exitCode, stderr).toBe(0)
  return stdout
}

async function create(scopes: CreateToken['scopes'], instances?: string[]) {
  const change = await control.create('default', { label: 'a test', scopes, instances })
  return { ...change, text: change.secret ?? '' }
}

const by = (token: string) => ({ authorization: `Bearer ${token}` })

async function post(path: string, token: string, body: unknown, url = worker.url) {
  const headers = { ...by(token), 'content-type': 'application/json' }
  return fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
}

const statusOf = async (token: string, { url = worker.url, path = '/v1/events' } = {}) => {
  const answer = await fetch(`${url}${path}`, { headers: by(token) })
  await answer.arrayBuffer()
  return answer.status
}

test('a token opens its scopes, and the database has no secret of it', async () => {
  const reader = await create(['read'])
  const admin = await create(['admin'])
  expect(await statusOf(reader.text)).toBe(200)
  expect(await statusOf(reader.text, { path: '/v1/tokens' })).toBe(403)
  expect((await post('/v1/outcomes', reader.text, anOutcome())).status).toBe(403)
  expect((await post('/v1/outcomes', admin.text, anOutcome())).status).toBe(202)
  const listed = await (await fetch(`${worker.url}/v1/tokens`, { headers: by(admin.text) })).json()
  expect(tokensBodySchema.parse(listed).tokens.map(({ id }) => id)).toContain(reader.id)
  const stored = JSON.stringify(
    await database.rows('select *, encode(hash, $1) from winrate.tokens', ['hex']),
  )
  const told = JSON.stringify(worker.log) + (await command('list')) + JSON.stringify(listed)
  for (const { text } of [reader, admin]) {
    const secret = text.split('_').slice(2).join('_')
    expect(secret).toHaveLength(43)
    expect(stored).not.toContain(secret)
    expect(told).not.toContain(secret)
  }
  const used = () =>
    database.count('select count(*) from winrate.tokens where last_used_at is not null')
  await waitUntil(async () => (await used()) >= 2, { describe: 'both uses to be stored' })
})

test('whoever has no token is let in nowhere, and an unknown one neither', async () => {
  const unknown = `wr_${randomBytes(8).toString('hex')}_${randomBytes(32).toString('base64url')}`
  for (const headers of [{}, by(unknown), by('wr_'), by('')]) {
    for (const path of ['/v1/events', '/v1/snapshot', '/v1/tokens', '/v1/whoami', '/metrics']) {
      expect((await fetch(`${worker.url}${path}`, { headers })).status).toBe(401)
    }
  }
})

test('made, rotated and revoked over HTTP, with events', async () => {
  const admin = await create(['admin'])
  const change = async (path: string, body: unknown) => {
    const answer = await post(path, admin.text, body)
    return { status: answer.status, body: await answer.json() }
  }
  const made = await change('/v1/tokens', {
    label: 'for  a page',
    scopes: ['read'],
    expires: '90d',
  })
  expect(made.status).toBe(200)
  const first = tokenChangeSchema.parse(made.body)
  expect(await statusOf(first.secret ?? '')).toBe(200)
  const rotated = await change(`/v1/tokens/${first.id}/rotate`, { overlap: '0m' })
  const second = tokenChangeSchema.parse(rotated.body)
  expect(second).toMatchObject({ label: first.label, scopes: ['read'], instances: null })
  const lifetimeMs = Date.parse(second.expiresAt ?? '') - Date.parse(second.createdAt)
  expect(lifetimeMs).toBeCloseTo(90 * 86_400_000, -4)
  expect(await statusOf(second.secret ?? '')).toBe(200)
  expect(await statusOf(first.secret ?? '')).toBe(401)
  expect((await change(`/v1/tokens/${first.id}/rotate`, {})).body).toMatchObject({
    code: 'token-over',
  })
  await change(`/v1/tokens/${second.id}/revoke`, {})
  expect(await statusOf(second.secret ?? '')).toBe(401)
  expect((await change('/v1/tokens/nothing/revoke', {})).status).toBe(409)
  expect((await change('/v1/tokens', { label: 'x', scopes: ['root'] })).status).toBe(400)
  expect(
    (await change('/v1/tokens', { label: 'x', scopes: ['read'], expires: 'soon' })).status,
  ).toBe(400)
  const events = await database.rows<{ message: string }>(
    `select message from winrate.events where kind = 'token' and message ~ $1 order by event_id`,
    [`${first.id}|${second.id}`],
  )
  expect(events.map(({ message }) => message.replaceAll(/[0-9a-f]{16}|\d{4}-\S+Z/g, '…'))).toEqual([
    'The token … (for  a page) was made for read.',
    'The token … (for  a page) takes the place of …, which expires at ….',
    'The token … (for  a page) was revoked.',
  ])
})

test('a rotation leaves the old token valid for the overlap, and is made once', async () => {
  const made = await command(
    ...['create', '--label', 'agents', '--scope', 'read', '--scope', 'publish', '--json'],
  )
  const old = tokenChangeSchema.parse(JSON.parse(made))
  expect(old.scopes).toEqual(['publish', 'read'])
  const both = await Promise.all(
    [1, 2].map(() => runWorkerCommand(['token', 'rotate', old.id, '--json'], environment)),
  )
  expect(both.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1])
  expect(both.map(({ stderr }) => stderr).join('')).toMatch(
    /is replaced by .* already: rotate that one/,
  )
  const stdout = both.map((each) => each.stdout).join('')
  const next = tokenChangeSchema.parse(JSON.parse(stdout))
  expect(await statusOf(old.secret ?? '')).toBe(200)
  expect(await statusOf(next.secret ?? '')).toBe(200)
  const [row] = await database.rows<{ hours: number }>(
    `select extract(epoch from expires_at - now())::float8 / 3600 as hours from winrate.tokens where id = $1`,
    [old.id],
  )
  expect(row?.hours).toBeCloseTo(24, 1)
})

test('every replica refuses a revoked token within seconds, and ends the streams that it opened', async () => {
  const token = await create(['read'])
  const replicas = [worker, await startWorkerProcess(environment)]
  const streams = await Promise.all(
    replicas.map(async ({ url }) => {
      const answer = await fetch(`${url}/v1/snapshot/stream`, { headers: by(token.text) })
      expect(answer.status).toBe(200)
      return answer.body?.getReader()
    }),
  )
  const ended = streams.map(async (reader) => {
    try {
      while ((await reader?.read())?.done === false);
    } catch {}
  })
  await control.revoke(token.id)
  for (const { url } of replicas) {
    await waitUntil(async () => (await statusOf(token.text, { url })) === 401, {
      describe: 'the replica to refuse the token',
    })
  }
  await Promise.all(ended)
})

test('a token that speaks for instances publishes for these only', async () => {
  const token = await create(['publish'], ['web-3'])
  const send = async (body: object) => {
    const answer = await post('/v1/outcomes', token.text, body)
    const said: object = Object(await answer.json())
    return { ...said, status: answer.status }
  }
  const outcome = { task_type: 'chat', model_name: 'gpt-4o', success: true, instance_id: 'web-3' }
  const batch = (instance_id: string) => ({ ...aSealedBatch([outcome]), instance_id })
  expect(await send(batch('web-3'))).toMatchObject({ status: 202 })
  expect(await send(batch('web-4'))).toMatchObject({
    ...{ status: 403, code: 'other-instance' },
    message: expect.stringContaining('speaks for web-3, not for web-4'),
  })
  expect(await send({ ...outcome, instance_id: undefined, model_name: 'mine' })).toMatchObject({
    status: 202,
  })
  await waitUntil(
    () =>
      database.count(
        `select count(*) from winrate.task_preferences where instance_id = 'web-3' and model_name = 'mine'`,
      ),
    { describe: 'the bare outcome to be stored as its own' },
  )
  expect(
    await database.count(
      `select count(*) from winrate.task_preferences where instance_id = 'web-4'`,
    ),
  ).toBe(0)
})

test('while the database is away, a known token works and a revoked one does not', async () => {
  const { hostname, port } = new URL(database.url)
  const proxy = await startTcpProxy({ host: hostname, port: Number(port) })
  onTestFinished(() => proxy.close())
  const through = new URL(database.url)
  through.port = String(proxy.port)
  const token = await create(['read'])
  const revoked = await create(['read'])
  const { url, log } = await startWorkerProcess({ ...environment, DATABASE_URL: through.href })
  await control.revoke(revoked.id)
  const status = (text: string) => statusOf(text, { url, path: '/v1/whoami' })
  await waitUntil(async () => (await status(revoked.text)) === 401, {
    describe: 'the revocation to arrive',
  })
  expect(await status(token.text)).toBe(200)
  proxy.cut()
  await waitUntil(async () => (await fetch(`${url}/readyz`)).status === 503, {
    describe: 'the worker to see that the database is away',
  })
  await waitUntil(
    () => log.some(({ msg }) => msg === 'tokens-not-read') || status(token.text).then(() => false),
    {
      describe: 'the worker to miss a change of tokens',
    },
  )
  expect(await status(token.text)).toBe(200)
  expect(await status(revoked.text)).toBe(401)
  const unknown = `wr_${randomBytes(8).toString('hex')}_${randomBytes(32).toString('base64url')}`
  expect(await status(unknown)).toBe(503)
})

test('a token in the database closes nothing that is open, and is held to what it says there', async () => {
  const reader = await create(['read'])
  const open = await startWorkerProcess({ DATABASE_URL: database.url })
  expect((await fetch(`${open.url}/v1/events`)).status).toBe(200)
  expect((await post('/v1/outcomes', reader.text, anOutcome(), open.url)).status).toBe(403)
  await control.revoke(reader.id)
  await waitUntil(async () => (await statusOf(reader.text, { url: open.url })) === 401, {
    describe: 'the token to be refused, where nobody needs one',
  })
  const whoami = await (await fetch(`${open.url}/v1/whoami`)).json()
  expect(whoamiBodySchema.parse(whoami)).toMatchObject({ open: true, project: 'default' })
})

test('a project that is full leaves the others their room, and what is over takes none', async () => {
  const { create: make, revoke, list } = createTokenControl(unread.pool)
  await unread.pool.query(`
    insert into winrate.projects (name, database) values ('busy', 'nowhere');
    insert into winrate.tokens (id, project, label, scopes, hash, revoked_at)
    select 'over' || n, 'busy', 'over', '{read}', '', now() - n * interval '1 minute' from generate_series(1, 150) as n;
    insert into winrate.tokens (id, project, label, scopes, hash)
    select 'valid' || n, 'busy', 'valid', '{read}', '' from generate_series(1, 999) as n`)
  const wanted = { label: 'a test', scopes: ['read'] } satisfies CreateToken
  const last = await make('busy', wanted)
  await expect(make('busy', wanted)).rejects.toMatchObject({ code: 'too-many-tokens' })
  await make('default', wanted)
  await revoke(last.id)
  await make('busy', wanted)
  const over = (await list('busy')).tokens.filter(({ state }) => state === 'revoked')
  expect(over).toHaveLength(100)
  expect(over.map(({ id }) => id)).toEqual(expect.arrayContaining([last.id, 'over1', 'over99']))
})
