// deploy/nginx/winrate.conf before a real worker: what it answers by itself, to whom, and what it never does.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startNginx } from '@winrate/demo/fleet/nginx'
import { createRouter, httpSnapshots } from '@winrate/router-client'
import { afterAll, expect, inject, onTestFinished, test } from 'vitest'
import { isInCanary } from '../../packages/central-worker/src/distribution/served-head.ts'
import { createSnapshotControl } from '../../packages/central-worker/src/snapshots/snapshot-control.ts'
import { createTokenControl } from '../../packages/central-worker/src/tokens/token-control.ts'
import { anOutcome } from '../support/outcomes.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { startWorkerFor, startWorkerProcess } from '../support/worker-process.ts'

const hasNginx = inject('hasNginx')
const database = await createTestDatabase()
const environment = {
  DATABASE_URL: database.url,
  WINRATE_REQUIRE_TOKENS: 'true',
  WINRATE_AGGREGATION_INTERVAL_MS: '500',
}
const tokens = createTokenControl(database.pool)
const snapshots = createSnapshotControl(database.pool)
const worker = await startWorkerFor(environment, afterAll)
const nginx = hasNginx ? await startNginx(worker.url) : undefined
afterAll(() => nginx?.stop())

interface Asked {
  readonly token?: string
  readonly instance?: string
  readonly known?: string | undefined
  readonly coding?: string
  readonly path?: string
}

/** Polls a snapshot through nginx, as clients do. */
async function poll(
  { token, instance, known, coding = 'gzip', path = '/v1/snapshot' }: Asked,
  through: { readonly url: string } | undefined = nginx,
) {
  const answer = await fetch(`${through?.url}${path}`, {
    headers: {
      'accept-encoding': coding,
      ...(token && { authorization: `Bearer ${token}` }),
      ...(instance && { 'x-winrate-instance': instance }),
      ...(known && { 'if-none-match': known }),
    },
  })
  const { status, headers } = answer
  return {
    status,
    etag: headers.get('etag') ?? undefined,
    coding: headers.get('content-encoding') ?? undefined,
    held: headers.get('x-winrate-held') ?? undefined,
    cache: headers.get('x-cache-status') ?? undefined,
    text: await answer.text(),
  }
}

async function createToken(scope: 'read' | 'publish' = 'read') {
  const { id, secret } = await tokens.create('default', { label: 'a test', scopes: [scope] })
  return { id, token: secret ?? '' }
}

/** Polls until nginx answers by itself. */
function pollCached(asked: Asked) {
  return waitUntil(
    async () => {
      const answer = await poll(asked)
      return answer.cache === 'HIT' && answer
    },
    { describe: 'an answer of nginx alone' },
  )
}

/** Publishes an outcome of a new model through nginx, and so a new version. */
async function publishOutcome(model: string) {
  const { token } = await createToken('publish')
  const answer = await fetch(`${nginx?.url}/v1/outcomes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(anOutcome({ model_name: model })),
  })
  expect(answer.status).toBe(202)
}

test.skipIf(!hasNginx)(
  'a token is answered by nginx itself, with the ETag and the bytes of the worker',
  async () => {
    const { token } = await createToken()
    // Ticks publish meanwhile.
    const cached = await waitUntil(
      async () => {
        const answer = await pollCached({ token })
        const direct = await poll({ token }, worker)
        return answer.etag === direct.etag && { ...answer, direct }
      },
      { describe: 'the same version from nginx and the worker' },
    )
    expect(cached).toMatchObject({ ...cached.direct, cache: 'HIT' })
    expect(cached).toMatchObject({ status: 200, coding: 'gzip' })
    const unchanged = await waitUntil(
      async () => {
        const { etag } = await pollCached({ token })
        const answer = await poll({ token, known: etag })
        return answer.status === 304 && { ...answer, known: etag }
      },
      { describe: 'an answer that there is nothing new' },
    )
    expect(unchanged).toMatchObject({ etag: unchanged.known, text: '' })
    const plain = await pollCached({ token, coding: 'gzip;q=0, identity' })
    expect(plain).toMatchObject({ status: 200, coding: undefined })
    // What a reader writes behind the path makes no entry of its own.
    expect(await pollCached({ token, path: '/v1/snapshot?page=2' })).toMatchObject({ status: 200 })
    for (const { text } of [cached, plain]) expect(text).toContain('"models"')
  },
)

test.skipIf(!hasNginx)('a new snapshot replaces the cached one', async () => {
  const { token } = await createToken()
  const { etag } = await pollCached({ token })
  await publishOutcome('a-new-model')
  await waitUntil(async () => (await poll({ token, known: etag })).text.includes('a-new-model'), {
    describe: 'the new snapshot through nginx',
  })
})

test.skipIf(!hasNginx)('no token gets what was kept for another', async () => {
  const { token } = await createToken()
  const publisher = await createToken('publish')
  for (const asked of [
    {},
    { token: 'wrong' },
    { token: `${token}x` },
    { token: publisher.token },
  ]) {
    await pollCached({ token })
    const answer = await poll(asked)
    expect([401, 403]).toContain(answer.status)
    expect(answer.text).not.toContain('"models"')
  }
  const other = await createToken()
  expect(await poll(other)).toMatchObject({ status: 200, cache: 'MISS' })
})

test.skipIf(!hasNginx)(
  'a token that is revoked gets no snapshot any more, nor one whose scope is another',
  async () => {
    const { id, token } = await createToken()
    await pollCached({ token })
    await tokens.revoke(id)
    await waitUntil(async () => (await poll({ token })).status === 401, {
      describe: 'nginx to refuse the revoked token',
      timeoutMs: 30_000,
    })
    const narrowed = await createToken()
    await pollCached(narrowed)
    await database.pool.query("update winrate.tokens set scopes = '{publish}' where id = $1", [
      narrowed.id,
    ])
    await waitUntil(async () => (await poll(narrowed)).status === 403, {
      describe: 'nginx to refuse the token of another scope',
      timeoutMs: 30_000,
    })
  },
)

test.skipIf(!hasNginx)(
  'during a canary each instance gets its own, and those that are held hear so',
  async () => {
    const { token } = await createToken()
    // There is an entry from before.
    await pollCached({ token })
    const share = 0.5
    const names = Array.from({ length: 20 }, (_, at) => `instance-${at}`)
    const chosen = names.find((name) => isInCanary(name, share)) ?? ''
    const other = names.find((name) => !isInCanary(name, share)) ?? ''
    await snapshots.startCanary(share)
    onTestFinished(async () => {
      await snapshots.promoteCanary()
    })
    await publishOutcome('a-model-of-the-canary')
    await waitUntil(
      async () => (await poll({ token, instance: chosen })).text.includes('a-model-of-the-canary'),
      { describe: 'the newer snapshot at the instance of the canary' },
    )
    const { etag } = await poll({ token, instance: other })
    for (let round = 0; round < 3; round += 1) {
      const held = await poll({ token, instance: other })
      expect(held).toMatchObject({ status: 200, etag, held: 'true' })
      expect(held.text).not.toContain('a-model-of-the-canary')
      const again = await poll({ token, instance: other, known: etag })
      expect(again).toMatchObject({ status: 304, held: 'true' })
      const newest = await poll({ token, instance: chosen })
      expect(newest).toMatchObject({ status: 200, held: undefined })
      expect(newest.text).toContain('a-model-of-the-canary')
      expect([held.cache, again.cache, newest.cache]).not.toContain('HIT')
    }
  },
)

test.skipIf(!hasNginx)(
  'streams and every other route go to the worker, and nothing of them is kept',
  async () => {
    const { token } = await createToken()
    const ending = new AbortController()
    onTestFinished(() => ending.abort())
    const stream = await fetch(`${nginx?.url}/v1/snapshot/stream`, {
      headers: { authorization: `Bearer ${token}` },
      signal: ending.signal,
    })
    expect(stream.headers.get('content-type')).toContain('text/event-stream')
    const first = await stream.body?.getReader().read()
    expect(new TextDecoder().decode(first?.value)).toContain('event:')
    expect(stream.headers.get('x-cache-status')).toBeNull()
    for (const path of ['/v1/status', '/v1/metrics', '/v1/whoami']) {
      for (const _ of [1, 2])
        expect(await poll({ token, path })).toMatchObject({ status: 200, cache: undefined })
    }
    const folder = nginx?.cacheFolder ?? ''
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
      (entry) => entry.isFile(),
    )
    expect(files.length).toBeGreaterThan(0)
    for (const { parentPath, name } of files) {
      expect((await readFile(join(parentPath, name))).toString('latin1')).toMatch(
        /KEY: (gzip)? Bearer /,
      )
    }
  },
)

/** A client behind nginx that polls soon where its stream is away, and the answers to its polls. */
function startClient(token: string) {
  const polls: { status: number | undefined; cache: unknown; etag: unknown }[] = []
  const onAnswer = (message: unknown) => {
    const { request, response } = Object(message)
    if (request.path !== '/v1/snapshot' || request.getHeader('authorization') !== `Bearer ${token}`)
      return
    const { statusCode, headers } = response
    polls.push({ status: statusCode, cache: headers['x-cache-status'], etag: headers['etag'] })
  }
  subscribe('http.client.response.finish', onAnswer)
  const source = { url: nginx?.url ?? '', token, streamGraceMs: 1, pollIntervalMs: 50 }
  const router = createRouter({ snapshots: httpSnapshots(source), logger: false })
  onTestFinished(async () => {
    await router.close()
    unsubscribe('http.client.response.finish', onAnswer)
  })
  return { router, polls }
}

test.skipIf(!hasNginx)(
  'while no worker answers, pollers get the last snapshot that their own token got',
  async () => {
    const { token } = await createToken()
    const before = await pollCached({ token })
    const unused = await createToken()
    const client = startClient(token)
    await publishOutcome('a-model-of-the-stream')
    const knows = () => client.router.getWinRate('coding', 'a-model-of-the-stream').samples === 1
    await waitUntil(knows, { describe: 'a snapshot of the stream that is newer than the entry' })
    await worker.kill()
    const { version = 0 } = client.router.status().snapshot ?? {}

    const stale = () =>
      waitUntil(
        async () => {
          const answer = await poll({ token })
          return answer.cache === 'STALE' && answer
        },
        { describe: 'an old answer' },
      )
    expect(await stale()).toEqual({ ...before, cache: 'STALE' })
    expect(await poll({ token, known: before.etag })).toMatchObject({
      status: 304,
      cache: 'STALE',
    })
    const older = (polls: typeof client.polls, status: number) =>
      polls.filter(
        (poll) => poll.status === status && poll.cache === 'STALE' && poll.etag === before.etag,
      )
    await waitUntil(() => older(client.polls, 200).length >= 2, { describe: 'older answers' })
    expect(client.router.status()).toMatchObject({ snapshot: { version }, refused: 0 })
    expect(knows()).toBe(true)
    // One that starts now begins with it, and hears that there is nothing new.
    const late = startClient(token)
    await waitUntil(() => older(late.polls, 304).length >= 2, { describe: 'the same answer again' })
    const tag = `"${late.router.status().snapshot?.epoch}:${late.router.status().snapshot?.version}"`
    expect(tag).toBe(before.etag)
    for (const asked of [unused, {}, { token: 'wrong' }])
      expect((await poll(asked)).status).toBe(502)

    await startWorkerProcess({ ...environment, WINRATE_PORT: new URL(worker.url).port })
    expect(await pollCached({ token })).toMatchObject({ status: 200 })
  },
)
