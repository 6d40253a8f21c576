import { gunzipSync } from 'node:zlib'
import { errorBodySchema, limits } from '@winrate/shared-schema/contracts'
import { Registry } from 'prom-client'
import { afterEach, describe, expect, it } from 'vitest'
import { createSnapshotFeed } from '../../distribution/snapshot-feed.ts'
import { SnapshotStream, type SnapshotStreamOptions } from '../../distribution/snapshot-stream.ts'
import { registerStreamMetrics } from '../../distribution/stream-metrics.ts'
import {
  largeSnapshot,
  storedHead,
  storedSnapshot,
  testEpoch,
} from '../../distribution/testing/stored-snapshot.ts'
import { openStreamClient } from '../../distribution/testing/stream-client.ts'
import type { Tokens } from '../server/bearer-auth.ts'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'

const cleanUps: Array<() => Promise<void>> = []

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

/** A server over a real feed and stream, as the worker wires them. */
async function start(options: SnapshotStreamOptions = {}, tokens: Tokens = {}) {
  let head: ReturnType<typeof storedHead> | undefined
  const silent = () => {}
  const feed = createSnapshotFeed({
    readHead: async () => head,
    logger: { debug: silent, info: silent, warn: silent },
    onCrash: (error) => Promise.reject(error),
  })
  const stream = new SnapshotStream(
    {
      servingFor: feed.servingFor,
      onChange: feed.onChange,
      metrics: registerStreamMetrics(new Registry()),
      nowMs: Date.now,
      random: Math.random,
    },
    options,
  )
  await stream.start()
  const asked: Array<string | undefined> = []
  const started: TestServer = await startTestServer({
    config: { tokens },
    dependencies: {
      servingFor: (instanceId) => {
        asked.push(instanceId)
        return feed.servingFor(instanceId)
      },
      openStream: (opened) => stream.open(opened),
      closeStreams: () => stream.stop(),
    },
  })
  cleanUps.push(() => started.server.stop())
  const publish = async (...parts: Parameters<typeof storedHead>) => {
    head = storedHead(...parts)
    await feed.runOnce()
  }
  return { ...started, asked, publish, streamUrl: `${started.url}/v1/snapshot/stream` }
}

describe('GET /v1/snapshot', () => {
  it('asks to come back before there is a snapshot', async () => {
    const { ask } = await start()
    const answer = await ask('/v1/snapshot')
    expect(answer.status).toBe(503)
    expect(answer.headers['retry-after']).toBeDefined()
    expect(answer.json()).toMatchObject({ code: 'no-snapshot-yet' })
  })

  it('sends the very bytes of the database where gzip is accepted', async () => {
    const { ask, publish } = await start()
    const stored = storedSnapshot(3)
    await publish(stored)
    const answer = await ask('/v1/snapshot', { headers: { 'accept-encoding': 'gzip' } })
    expect(answer.status).toBe(200)
    expect(answer.headers['content-encoding']).toBe('gzip')
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(answer.bytes.equals(stored.gzip)).toBe(true)
  })

  it('sends the plain text where gzip is not accepted', async () => {
    const { ask, publish } = await start()
    const stored = storedSnapshot(3)
    await publish(stored)
    const answer = await ask('/v1/snapshot')
    expect(answer.headers['content-encoding']).toBeUndefined()
    expect(answer.bytes.equals(gunzipSync(stored.gzip))).toBe(true)
  })

  it('names the version in the entity tag and lets caches only revalidate', async () => {
    const { ask, publish } = await start()
    await publish(storedSnapshot(3))
    const { headers } = await ask('/v1/snapshot')
    expect(headers.etag).toBe(`"${testEpoch}:3"`)
    expect(headers['cache-control']).toBe('no-cache')
    expect(headers.vary).toBe('accept-encoding, authorization')
  })

  it('lets nginx answer for seconds by itself only who has a token, and never during a canary', async () => {
    const { ask, publish } = await start({}, { read: ['a-token-of-a-reader'] })
    const anonymous = await start()
    const expiry = async (asked: Pick<TestServer, 'ask'>, tag?: string) => {
      const headers = {
        authorization: 'Bearer a-token-of-a-reader',
        ...(tag && { 'if-none-match': tag }),
      }
      const answer = await asked.ask('/v1/snapshot', asked === anonymous ? {} : { headers })
      return [
        answer.status,
        answer.headers['x-accel-expires'],
        answer.headers['cache-control'],
        answer.headers.vary,
      ]
    }
    for (const each of [publish, anonymous.publish]) await each(storedSnapshot(4))
    const plain = 'accept-encoding, authorization'
    expect(await expiry({ ask })).toEqual([200, '2', 'no-cache', plain])
    expect(await expiry({ ask }, `"${testEpoch}:4"`)).toEqual([304, '2', 'no-cache', plain])
    expect(await expiry(anonymous)).toEqual([200, undefined, 'no-cache', plain])
    await publish(storedSnapshot(5), { held: storedSnapshot(4), share: 0.05 })
    const byInstance = `${plain}, x-winrate-instance`
    expect(await expiry({ ask })).toEqual([200, undefined, 'no-cache', byInstance])
    expect(await expiry({ ask }, `"${testEpoch}:4"`)).toEqual([
      304,
      undefined,
      'no-cache',
      byInstance,
    ])
  })

  it.each([
    ['the tag', `"${testEpoch}:3"`],
    ['a weak tag', `W/"${testEpoch}:3"`],
    ['a list', `"${testEpoch}:2", "${testEpoch}:3"`],
  ])('answers 304 without a body to %s of what is served', async (_what, tag) => {
    const { ask, publish } = await start()
    await publish(storedSnapshot(3))
    const answer = await ask('/v1/snapshot', { headers: { 'if-none-match': tag } })
    expect(answer.status).toBe(304)
    expect(answer.headers.etag).toBe(`"${testEpoch}:3"`)
    expect(answer.bytes).toHaveLength(0)
  })

  it('sends the snapshot again once it changed', async () => {
    const { ask, publish } = await start()
    await publish(storedSnapshot(4))
    const headers = { 'if-none-match': `"${testEpoch}:3"` }
    expect((await ask('/v1/snapshot', { headers })).status).toBe(200)
  })

  it('sends by instance during a canary', async () => {
    const { ask, publish } = await start()
    await publish(storedSnapshot(5), { held: storedSnapshot(4), share: 0.05 })
    const etagFor = async (headers: Record<string, string>) =>
      (await ask('/v1/snapshot', { headers })).headers.etag
    expect(await etagFor({ 'x-winrate-instance': 'a' })).toBe(`"${testEpoch}:5"`)
    expect(await etagFor({ 'x-winrate-instance': 'agent-1' })).toBe(`"${testEpoch}:4"`)
    expect(await etagFor({})).toBe(`"${testEpoch}:4"`)
  })

  it('says so to whom a canary holds, also when nothing is new', async () => {
    const { ask, publish } = await start()
    await publish(storedSnapshot(5), { held: storedSnapshot(4), share: 0.05 })
    const held = async (instance: string, known: number) => {
      const headers = { 'x-winrate-instance': instance, 'if-none-match': `"${testEpoch}:${known}"` }
      return (await ask('/v1/snapshot', { headers })).headers['x-winrate-held']
    }
    expect(await held('agent-1', 3)).toBe('true')
    expect(await held('agent-1', 4)).toBe('true')
    expect(await held('a', 5)).toBeUndefined()
  })

  it.each([
    ['an ASCII id', 'agent-1', 'agent-1'],
    ['one with a percent sign', 'a%20b', 'a%20b'],
    ['one with a broken escape', '100%', '100%'],
    ['a percent-encoded id, as router-client sends it', encodeURIComponent('Büro-é'), 'Büro-é'],
    ['an id in UTF-8', Buffer.from('Büro-é', 'utf8').toString('latin1'), 'Büro-é'],
    ['an id in Latin-1', 'B\u00fcro', 'Büro'],
    ['a long id, clipped', 'x'.repeat(1_000), 'x'.repeat(limits.instanceIdChars)],
    ['an empty id, as none', '', undefined],
  ])('reads %s', async (_what, header, instanceId) => {
    const { ask, asked, publish } = await start()
    await publish(storedSnapshot(1))
    await ask('/v1/snapshot', { headers: { 'x-winrate-instance': header } })
    expect(asked).toEqual([instanceId])
  })
})

describe('GET /v1/snapshot/stream', () => {
  it('streams each newer snapshot', async () => {
    const { publish, streamUrl } = await start()
    await publish(storedSnapshot(1))
    const client = await openStreamClient(streamUrl)
    await client.next((event) => event.id === `${testEpoch}:1`)
    await publish(storedSnapshot(2))
    await client.next((event) => event.id === `${testEpoch}:2`)
  })

  it('resumes by Last-Event-ID', async () => {
    const { publish, streamUrl } = await start()
    await publish(storedSnapshot(1))
    const client = await openStreamClient(streamUrl, {
      headers: { 'last-event-id': `${testEpoch}:1` },
    })
    await client.next((event) => event.event === 'heartbeat')
    expect(client.events.map((event) => event.event)).toEqual(['heartbeat'])
  })

  it('answers 429 with a hint when it has no room', async () => {
    const { ask, streamUrl } = await start({ maxReaders: 1 })
    await openStreamClient(streamUrl)
    const answer = await ask('/v1/snapshot/stream')
    expect(answer.status).toBe(429)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(errorBodySchema.safeParse(answer.json()).success).toBe(true)
  })

  it('outlives the timeout of handlers', async () => {
    const { publish, streamUrl } = await start({ heartbeatIntervalMs: 5 })
    const client = await openStreamClient(streamUrl)
    await publish(storedSnapshot(1))
    await client.next((event) => event.id === `${testEpoch}:1`)
    await client.next((event) => event.data.includes(`${testEpoch}:1`))
    expect(client.response.complete).toBe(false)
  })

  it('ends with a goodbye when the server stops', async () => {
    const { server, streamUrl } = await start()
    const client = await openStreamClient(streamUrl)
    await server.stop()
    expect(await client.over).toBe('ended')
    expect(client.events.at(-1)?.event).toBe('goodbye')
  })
})

describe('GET /v1/snapshot/stream in the forms that a reader asks for', () => {
  it.each([
    ['gzip', 'gzip'],
    ['identity', undefined],
    ['gzip;q=0', undefined],
  ])('accept-encoding %s is answered with content-encoding %s', async (accepted, coding) => {
    const { publish, streamUrl } = await start()
    await publish(storedSnapshot(1))
    const client = await openStreamClient(streamUrl, { headers: { 'accept-encoding': accepted } })
    expect(client.response.headers['content-encoding']).toBe(coding)
    expect((await client.next(({ event }) => event === 'snapshot')).id).toBe(`${testEpoch}:1`)
    client.destroy()
  })

  it.each([
    ['5', 'delta'],
    ['1', 'snapshot'],
    ['2', 'snapshot'],
    ['4', 'snapshot'],
    ['6', 'snapshot'],
    ['', 'snapshot'],
  ])('x-winrate-deltas %s is answered with a %s', async (deltas, event) => {
    const { publish, streamUrl } = await start()
    await publish(largeSnapshot(1))
    const client = await openStreamClient(streamUrl, {
      headers: { 'x-winrate-deltas': deltas, 'last-event-id': `${testEpoch}:1` },
    })
    await publish(largeSnapshot(2))
    expect((await client.next(({ id }) => id === `${testEpoch}:2`)).event).toBe(event)
    client.destroy()
  })
})
