import { createHash } from 'node:crypto'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import {
  applyDelta,
  DELTA_FORMAT,
  DELTAS_HEADER,
  heartbeatSchema,
  parseDeltaText,
  parseSnapshotText,
} from '@winrate/shared-schema/contracts'
import { Registry } from 'prom-client'
import { afterEach, describe, expect, it } from 'vitest'
import type { StoredSnapshot } from './read-stored-head.ts'
import { followHead, nothingServed, type ServedHead, servingFor } from './served-head.ts'
import { SnapshotStream, type SnapshotStreamOptions } from './snapshot-stream.ts'
import { registerStreamMetrics } from './stream-metrics.ts'
import {
  bulkySnapshot,
  fromText,
  largeSnapshot,
  otherEpoch,
  storedHead,
  storedSnapshot,
  testEpoch,
} from './testing/stored-snapshot.ts'
import { openStreamClient, type ReceivedEvent, type StreamClient } from './testing/stream-client.ts'

const cleanUps: Array<() => void> = []

afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp()
})

async function setUp(options: SnapshotStreamOptions = {}) {
  const listeners = new Set<() => void>()
  const registry = new Registry()
  const responses: ServerResponse[] = []
  const clock = { nowMs: 1_000_000 }
  let head: ServedHead = nothingServed
  const stream = new SnapshotStream(
    {
      servingFor: (instanceId) => servingFor(head, instanceId),
      onChange: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      metrics: registerStreamMetrics(registry),
      nowMs: () => clock.nowMs,
      random: () => 0.5,
    },
    { heartbeatIntervalMs: 3_600_000, ...options },
  )
  await stream.start()
  const { server, url } = await listen(stream, responses)
  cleanUps.push(() => {
    void stream.stop()
    server.closeAllConnections()
    server.close()
  })
  return {
    stream,
    clock,
    responses,
    isListening: () => listeners.size > 0,
    async publish(...parts: Parameters<typeof storedHead>) {
      const next = await followHead(head, storedHead(...parts))
      if (next === undefined) throw new Error('the head was refused')
      head = next
      for (const listener of listeners) listener()
    },
    async connect(connection: Parameters<typeof openStreamClient>[1] = {}) {
      const client = await openStreamClient(url, connection)
      cleanUps.push(() => client.destroy())
      return client
    },
    async metric(name: string, labels: object = {}) {
      const found = await registry.getSingleMetric(name)?.get()
      const value = found?.values.find((each) => sameLabels(each.labels, labels))
      return value?.value ?? 0
    },
  }
}

function sameLabels(labels: object, wanted: object): boolean {
  return JSON.stringify(labels) === JSON.stringify(wanted)
}

async function listen(stream: SnapshotStream, responses: ServerResponse[]) {
  const server: Server = createServer((request, response) => {
    responses.push(response)
    if (request.headers['x-gone'] !== undefined) response.destroy()
    const instance = request.headers['x-winrate-instance']
    const lastEventId = request.headers['last-event-id']
    const opened = stream.open({
      coding: request.headers['accept-encoding'] === 'gzip' ? 'gzip' : 'plain',
      takesDeltas: request.headers[DELTAS_HEADER] === String(DELTA_FORMAT),
      response,
      instanceId: typeof instance === 'string' ? instance : undefined,
      lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined,
    })
    if (opened !== 'opened') response.writeHead(503).end(opened)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { server, url: `http://127.0.0.1:${port}/` }
}

const isSnapshot = (version: number) => (event: ReceivedEvent) =>
  event.event === 'snapshot' && event.id?.endsWith(`:${version}`) === true
const isDelta = (version: number) => (event: ReceivedEvent) =>
  event.event === 'delta' && event.id?.endsWith(`:${version}`) === true
const isEvent = (name: string) => (event: ReceivedEvent) => event.event === name

function snapshotIds(client: StreamClient) {
  return client.events.filter(isEvent('snapshot')).map((event) => event.id)
}

function closed(response: ServerResponse | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (response === undefined || response.closed) resolve()
    else response.on('close', resolve)
  })
}

describe('a snapshot stream', () => {
  it('sends the current snapshot first, whole and with its version as id', async () => {
    const { publish, connect } = await setUp()
    await publish(storedSnapshot(7))
    const client = await connect()
    const event = await client.next(isEvent('snapshot'))
    expect(event.id).toBe(`${testEpoch}:7`)
    expect(parseSnapshotText(event.data).version).toBe(7)
  })

  it('tells proxies and caches to leave the stream alone', async () => {
    const { connect } = await setUp()
    const { headers, statusCode } = (await connect()).response
    expect(statusCode).toBe(200)
    expect(headers['content-type']).toContain('text/event-stream')
    expect(headers['cache-control']).toBe('no-cache, no-transform')
    expect(headers['x-accel-buffering']).toBe('no')
  })

  it('begins with a heartbeat without head before there is a snapshot', async () => {
    const { publish, connect } = await setUp()
    const client = await connect()
    expect(JSON.parse((await client.next(isEvent('heartbeat'))).data)).toEqual({})
    await publish(storedSnapshot(1))
    await client.next(isSnapshot(1))
  })

  it('sends each newer snapshot to all readers', async () => {
    const { publish, connect } = await setUp()
    const clients = await Promise.all([connect(), connect(), connect()])
    for (const version of [1, 2]) {
      await publish(storedSnapshot(version))
      await Promise.all(clients.map((client) => client.next(isSnapshot(version))))
    }
    expect(clients.map(snapshotIds)).toEqual(Array(3).fill([`${testEpoch}:1`, `${testEpoch}:2`]))
  })

  it('sends more readers than it serves in one turn', async () => {
    const { publish, connect, metric } = await setUp()
    const clients = await Promise.all(Array.from({ length: 520 }, () => connect()))
    await publish(storedSnapshot(1))
    await publish(storedSnapshot(2))
    await Promise.all(clients.map((client) => client.next(isSnapshot(2))))
    expect(await metric('winrate_stream_readers')).toBe(520)
  })

  it('resumes without a snapshot where the reader has the current one', async () => {
    const { publish, connect } = await setUp()
    await publish(storedSnapshot(4))
    const client = await connect({ headers: { 'last-event-id': `${testEpoch}:4` } })
    const heartbeat = await client.next(isEvent('heartbeat'))
    expect(JSON.parse(heartbeat.data)).toEqual({ head: `${testEpoch}:4` })
    await publish(storedSnapshot(5))
    await client.next(isSnapshot(5))
    expect(snapshotIds(client)).toEqual([`${testEpoch}:5`])
  })

  it.each([
    ['an older version', `${testEpoch}:3`],
    ['a version of another epoch', `${otherEpoch}:9`],
    ['something else', 'nonsense'],
  ])('sends the snapshot to a reader that has %s', async (_what, lastEventId) => {
    const { publish, connect } = await setUp()
    await publish(storedSnapshot(4))
    const client = await connect({ headers: { 'last-event-id': lastEventId } })
    await client.next(isSnapshot(4))
  })

  it('sends heartbeats that name the head', async () => {
    const { publish, connect } = await setUp({ heartbeatIntervalMs: 5 })
    await publish(storedSnapshot(2))
    const client = await connect()
    const heartbeat = await client.next(isEvent('heartbeat'))
    expect(heartbeatSchema.parse(JSON.parse(heartbeat.data))).toEqual({ head: `${testEpoch}:2` })
  })

  it('tells readers that a canary holds that they are held', async () => {
    const { publish, connect } = await setUp({ heartbeatIntervalMs: 5 })
    await publish(storedSnapshot(3), { held: storedSnapshot(2), share: 0.05 })
    const held = await connect()
    const canary = await connect({ headers: { 'x-winrate-instance': 'a' } })
    await held.next(isSnapshot(2))
    await canary.next(isSnapshot(3))
    expect(JSON.parse((await held.next(isEvent('heartbeat'))).data)).toEqual({
      head: `${testEpoch}:2`,
      held: true,
    })
    expect(JSON.parse((await canary.next(isEvent('heartbeat'))).data)).toEqual({
      head: `${testEpoch}:3`,
    })
  })

  it('sends held readers nothing during a canary, and the newest when it is over', async () => {
    const { publish, connect } = await setUp()
    await publish(storedSnapshot(2))
    const held = await connect()
    const canary = await connect({ headers: { 'x-winrate-instance': 'a' } })
    await publish(storedSnapshot(3), { held: storedSnapshot(2), share: 0.05 })
    await publish(storedSnapshot(4), { held: storedSnapshot(2), share: 0.05 })
    await canary.next(isSnapshot(4))
    await publish(storedSnapshot(5))
    await held.next(isSnapshot(5))
    expect(snapshotIds(held)).toEqual([`${testEpoch}:2`, `${testEpoch}:5`])
  })

  it('sends a slow reader only the newest of what it missed', async () => {
    const { publish, connect, responses } = await setUp()
    await publish(bulkySnapshot(1))
    const slow = await connect({ paused: true })
    const quick = await connect()
    await quick.next(isSnapshot(1))
    const waiting = responses[0]?.writableLength ?? 0
    expect(waiting).toBeGreaterThan(0)
    for (const version of [2, 3, 4, 5]) {
      await publish(storedSnapshot(version))
      await quick.next(isSnapshot(version))
    }
    expect(responses[0]?.writableLength).toBeLessThanOrEqual(waiting)
    slow.resume()
    await slow.next(isSnapshot(5))
    expect(snapshotIds(slow)).toEqual([`${testEpoch}:1`, `${testEpoch}:5`])
    expect(slow.events[0]?.data.length).toBeGreaterThan(24 * 1024 * 1024)
  })

  it('queues no heartbeats for a slow reader', async () => {
    const { publish, connect, responses } = await setUp({ heartbeatIntervalMs: 2 })
    await publish(bulkySnapshot(1))
    await connect({ paused: true })
    const waiting = responses[0]?.writableLength ?? 0
    expect(waiting).toBeGreaterThan(0)
    const quick = await connect({ headers: { 'last-event-id': `${testEpoch}:1` } })
    await quick.next(() => quick.events.filter(isEvent('heartbeat')).length > 10)
    expect(responses[0]?.writableLength).toBeLessThanOrEqual(waiting)
  })

  it('cuts a reader that does not drain, and only that one', async () => {
    const { publish, connect, responses, metric } = await setUp({ drainTimeoutMs: 50 })
    await publish(bulkySnapshot(1))
    const stuck = await connect({ paused: true })
    await closed(responses[0])
    const quick = await connect({ headers: { 'last-event-id': `${testEpoch}:1` } })
    await publish(storedSnapshot(2))
    await quick.next(isSnapshot(2))
    stuck.resume()
    expect(await stuck.over).toBe('cut')
    expect(await metric('winrate_stream_readers_cut_total', { reason: 'slow' })).toBe(1)
    expect(await metric('winrate_stream_readers')).toBe(1)
  })

  it('forgets a reader that leaves', async () => {
    const { connect, responses, metric } = await setUp()
    const client = await connect()
    expect(await metric('winrate_stream_readers')).toBe(1)
    client.destroy()
    await closed(responses[0])
    expect(await metric('winrate_stream_readers')).toBe(0)
  })

  it('says goodbye to a reader of its age, with a hint when to come back', async () => {
    const { clock, connect, metric } = await setUp({ heartbeatIntervalMs: 5, maxAgeMs: 1_000 })
    const client = await connect()
    await client.next(isEvent('heartbeat'))
    clock.nowMs += 1_000
    const goodbye = await client.next(isEvent('goodbye'))
    expect(JSON.parse(goodbye.data)).toEqual({ reason: 'expired', reconnectAfterMs: 1_000 })
    expect(await client.over).toBe('ended')
    expect(await metric('winrate_stream_readers_cut_total', { reason: 'expired' })).toBe(1)
  })

  it('says goodbye to all when it stops, and takes no more', async () => {
    const { publish, connect, stream, isListening } = await setUp({ reconnectAfterMs: 250 })
    await publish(storedSnapshot(1))
    const clients = await Promise.all([connect(), connect()])
    await stream.stop()
    for (const client of clients) {
      const goodbye = await client.next(isEvent('goodbye'))
      expect(JSON.parse(goodbye.data)).toEqual({ reason: 'stopping', reconnectAfterMs: 250 })
      expect(await client.over).toBe('ended')
    }
    expect((await connect()).response.statusCode).toBe(503)
    expect(isListening()).toBe(false)
  })

  it('says goodbye to no more readers in a turn than it can', async () => {
    const { connect, stream, responses } = await setUp()
    const clients = await Promise.all(Array.from({ length: 520 }, () => connect()))
    const stopped = stream.stop()
    expect(responses.filter((response) => response.writableEnded)).toHaveLength(500)
    await stopped
    for (const client of clients) expect(await client.over).toBe('ended')
  })

  it('beats for no more readers in a turn than it can, and for all of them', async () => {
    const { connect, publish } = await setUp({ heartbeatIntervalMs: 50 })
    await publish(storedSnapshot(1))
    const clients = await Promise.all(Array.from({ length: 520 }, () => connect()))
    await publish(storedSnapshot(2))
    const names = (client: StreamClient) => (event: ReceivedEvent) =>
      event.event === 'heartbeat' && event.data.includes(':2') && client.events.length > 1
    await Promise.all(clients.map((client) => client.next(names(client))))
  })

  it('cuts a reader that does not read when it stops', async () => {
    const { publish, connect, stream, responses } = await setUp()
    await publish(bulkySnapshot(1))
    await connect({ paused: true })
    await stream.stop()
    await closed(responses[0])
  })

  it('takes no more readers than its limit', async () => {
    const { connect, responses } = await setUp({ maxReaders: 1 })
    const first = await connect()
    expect((await connect()).response.statusCode).toBe(503)
    first.destroy()
    await closed(responses[0])
    expect((await connect()).response.statusCode).toBe(200)
  })

  it('sends nothing to a reader that was gone before its stream was opened', async () => {
    const { publish, connect, metric, responses } = await setUp()
    await publish(storedSnapshot(1))
    await expect(connect({ headers: { 'x-gone': 'yes' } })).rejects.toThrow('socket hang up')
    expect(responses[0]?.headersSent).toBe(false)
    expect(await metric('winrate_snapshots_sent_total')).toBe(0)
    expect(await metric('winrate_stream_readers')).toBe(0)
  })

  it('counts the snapshots it sent', async () => {
    const { publish, connect, metric } = await setUp()
    await publish(storedSnapshot(1))
    const client = await connect()
    await publish(storedSnapshot(2))
    await client.next(isSnapshot(2))
    expect(await metric('winrate_snapshots_sent_total')).toBe(2)
  })
})

describe.each(['plain', 'gzip'])('a snapshot stream with deltas, %s', (coding) => {
  const asks = { 'accept-encoding': coding, [DELTAS_HEADER]: String(DELTA_FORMAT) }
  const namesOf = (client: StreamClient) => client.events.map(({ event }) => event)

  it('sends who has the snapshot before what changed, and that makes exactly the new one', async () => {
    const { publish, connect, metric } = await setUp()
    await publish(largeSnapshot(1))
    const client = await connect({ headers: asks })
    const whole = await client.next(isSnapshot(1))
    let held = parseSnapshotText(whole.data)
    for (const version of [2, 3]) {
      await publish(largeSnapshot(version))
      const delta = await client.next(isDelta(version))
      held = applyDelta(held, parseDeltaText(delta.data))
      expect(delta.data.length).toBeLessThan(whole.data.length / 10)
    }
    const reader = await connect()
    expect(held).toEqual(parseSnapshotText((await reader.next(isSnapshot(3))).data))
    expect(await metric('winrate_deltas_sent_total')).toBe(2)
    expect(await metric('winrate_snapshots_sent_total')).toBe(2)
  })

  it('resumes with what changed where the reader has the version before', async () => {
    const { publish, connect } = await setUp()
    await publish(largeSnapshot(1))
    await publish(largeSnapshot(2))
    const client = await connect({ headers: { ...asks, 'last-event-id': `${testEpoch}:1` } })
    await client.next(isDelta(2))
    expect(namesOf(client)).toEqual(['delta'])
  })

  it('sends the whole snapshot to who has not asked for deltas', async () => {
    const { publish, connect } = await setUp()
    await publish(largeSnapshot(1))
    const client = await connect({ headers: { 'accept-encoding': coding } })
    await client.next(isSnapshot(1))
    await publish(largeSnapshot(2))
    await client.next(isSnapshot(2))
  })

  it.each([
    ['an older version', `${testEpoch}:1`],
    ['the same version of another epoch', `${otherEpoch}:2`],
    ['nothing', ''],
  ])('sends the whole snapshot to who has %s', async (_what, lastEventId) => {
    const { publish, connect } = await setUp()
    for (const version of [1, 2, 3]) await publish(largeSnapshot(version))
    const client = await connect({ headers: { ...asks, 'last-event-id': lastEventId } })
    await client.next(isSnapshot(3))
    expect(namesOf(client)).toEqual(['snapshot'])
  })

  it('sends the whole snapshot of a new epoch, and where a delta would not be smaller', async () => {
    const { publish, connect } = await setUp()
    await publish(largeSnapshot(1))
    const client = await connect({ headers: asks })
    await publish(largeSnapshot(2, otherEpoch))
    await client.next(isSnapshot(2))
    await publish(storedSnapshot(3, otherEpoch))
    await client.next(isSnapshot(3))
    expect(namesOf(client)).toEqual(['snapshot', 'snapshot', 'snapshot'])
  })

  it('makes a delta on what was served before, also where versions were missed between', async () => {
    const { publish, connect } = await setUp()
    await publish(largeSnapshot(1))
    const client = await connect({ headers: asks })
    const held = parseSnapshotText((await client.next(isSnapshot(1))).data)
    await publish(largeSnapshot(4))
    const delta = parseDeltaText((await client.next(isDelta(4))).data)
    expect(applyDelta(held, delta).version).toBe(4)
  })

  it('serves a snapshot that it does not understand whole, and the next one too', async () => {
    const { publish, connect } = await setUp()
    await publish(largeSnapshot(1))
    const client = await connect({ headers: asks })
    await publish(bulkySnapshot(2, 100))
    await client.next(isSnapshot(2))
    await publish(largeSnapshot(3))
    await client.next(isSnapshot(3))
  })

  it('sends the whole snapshot where it has a field that this replica does not know', async () => {
    const { publish, connect } = await setUp()
    await publish(largeSnapshot(1))
    const client = await connect({ headers: asks })
    await publish(withField(largeSnapshot(2)))
    await client.next(isSnapshot(2))
    await publish(largeSnapshot(3))
    await client.next(isSnapshot(3))
    expect(namesOf(client)).toEqual(['snapshot', 'snapshot', 'snapshot'])
  })

  it('sends held readers no delta on what they were kept from', async () => {
    const { publish, connect } = await setUp()
    await publish(largeSnapshot(2))
    const held = await connect({ headers: asks })
    const canary = await connect({ headers: { ...asks, 'x-winrate-instance': 'a' } })
    await Promise.all([held.next(isSnapshot(2)), canary.next(isSnapshot(2))])
    await publish(largeSnapshot(3), { held: largeSnapshot(2), share: 0.05 })
    await canary.next(isDelta(3))
    await publish(largeSnapshot(4))
    await canary.next(isDelta(4))
    await held.next(isSnapshot(4))
    expect(namesOf(held)).toEqual(['snapshot', 'snapshot'])
  })
})

/** As a later worker would write it. */
function withField(stored: StoredSnapshot): StoredSnapshot {
  const { hash: _, ...content } = JSON.parse(gunzipSync(stored.gzip).toString('utf8'))
  const open = JSON.stringify({ hash: '', ...content, later: true })
  const hash = createHash('sha256').update(open).digest('hex')
  return fromText(open.replace('"hash":""', `"hash":"${hash}"`), stored)
}

describe('a compressed snapshot stream', () => {
  const asks = { 'accept-encoding': 'gzip' }

  it('says so, and can be read event by event to its goodbye', async () => {
    const { publish, connect, stream } = await setUp({ heartbeatIntervalMs: 5 })
    await publish(storedSnapshot(1))
    const client = await connect({ headers: asks })
    expect(client.response.headers['content-encoding']).toBe('gzip')
    expect(client.response.headers.vary).toContain('accept-encoding')
    const event = await client.next(isSnapshot(1))
    expect(parseSnapshotText(event.data).version).toBe(1)
    await client.next(isEvent('heartbeat'))
    await publish(storedSnapshot(2))
    await client.next(isSnapshot(2))
    await stream.stop()
    await client.next(isEvent('goodbye'))
    expect(await client.over).toBe('ended')
  })

  it('has the same events as a plain one', async () => {
    const { publish, connect } = await setUp()
    const clients = await Promise.all([connect({ headers: asks }), connect()])
    for (const version of [1, 2, 3]) {
      await publish(storedSnapshot(version))
      await Promise.all(clients.map((client) => client.next(isSnapshot(version))))
    }
    expect(clients[0].events).toEqual(clients[1].events)
  })
})
