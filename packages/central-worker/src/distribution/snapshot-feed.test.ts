import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import type { HeadPosition, StoredHead } from './read-stored-head.ts'
import { createSnapshotFeed, type SnapshotFeed, type SnapshotFeedOptions } from './snapshot-feed.ts'
import {
  fromText,
  otherEpoch,
  storedHead,
  storedSnapshot,
  testEpoch,
} from './testing/stored-snapshot.ts'

interface Database {
  head: StoredHead | undefined
  away: boolean
  hangs: boolean
  reads: number
}

const feeds: SnapshotFeed[] = []

afterEach(async () => {
  await Promise.all(feeds.splice(0).map((feed) => feed.stop()))
})

function setUp(options: SnapshotFeedOptions = {}) {
  const database: Database = { head: undefined, away: false, hangs: false, reads: 0 }
  const logs: string[] = []
  const log = (level: string) => (_fields: object, message: string) => {
    logs.push(`${level} ${message}`)
  }
  const feed = createSnapshotFeed(
    {
      readHead: async (known) => {
        database.reads++
        if (database.hangs) return new Promise(() => {})
        if (database.away) throw new Error('the database is away')
        return database.head !== undefined && differs(known, database.head)
          ? database.head
          : undefined
      },
      logger: { debug: log('debug'), info: log('info'), warn: log('warn') },
      onCrash: (error) => logs.push(`crash ${error}`),
    },
    options,
  )
  feeds.push(feed)
  return { database, feed, logs }
}

function differs(known: HeadPosition | undefined, head: StoredHead): boolean {
  return (
    known?.epoch !== head.epoch ||
    known.version !== head.version ||
    known.heldVersion !== head.heldVersion ||
    known.canaryShare !== head.canaryShare
  )
}

function nextChange(feed: SnapshotFeed): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = feed.onChange(() => {
      unsubscribe()
      resolve()
    })
  })
}

describe('createSnapshotFeed', () => {
  it('serves nothing before the first snapshot', async () => {
    const { feed } = setUp()
    expect(await feed.runOnce()).toEqual({ status: 'unchanged' })
    expect(feed.servingFor('agent-1')).toEqual({ snapshot: undefined, held: false, isForAll: true })
  })

  it('serves the bytes of the database and the text they hold', async () => {
    const { database, feed } = setUp()
    const stored = storedSnapshot(3)
    database.head = storedHead(stored)
    expect(await feed.runOnce()).toEqual({ status: 'changed', epoch: testEpoch, version: 3 })
    const { snapshot } = feed.servingFor(undefined)
    expect(snapshot?.gzip).toBe(stored.gzip)
    expect(snapshot?.plain.toString('utf8')).toBe(gunzipSync(stored.gzip).toString('utf8'))
  })

  it('reports no change while the head stays', async () => {
    const { database, feed } = setUp()
    database.head = storedHead(storedSnapshot(3))
    await feed.runOnce()
    expect(await feed.runOnce()).toEqual({ status: 'unchanged' })
  })

  it('refuses an older version of the epoch and says so once', async () => {
    const { database, feed, logs } = setUp()
    database.head = storedHead(storedSnapshot(3))
    await feed.runOnce()
    database.head = storedHead(storedSnapshot(2))
    expect(await feed.runOnce()).toEqual({ status: 'refused', epoch: testEpoch, version: 2 })
    await feed.runOnce()
    expect(feed.servingFor('agent-1').snapshot?.version).toBe(3)
    expect(logs.filter((line) => line === 'warn snapshot-head-refused')).toHaveLength(1)
  })

  it('takes a lower version of another epoch', async () => {
    const { database, feed } = setUp()
    database.head = storedHead(storedSnapshot(30))
    await feed.runOnce()
    database.head = storedHead(storedSnapshot(1, otherEpoch))
    await feed.runOnce()
    expect(feed.servingFor('agent-1').snapshot).toMatchObject({ epoch: otherEpoch, version: 1 })
  })

  it('keeps the last snapshot while a new epoch has none', async () => {
    const { database, feed } = setUp()
    database.head = storedHead(storedSnapshot(30))
    await feed.runOnce()
    const empty = { version: 0, newest: null, held: null, heldVersion: null, canaryShare: null }
    database.head = { epoch: otherEpoch, ...empty }
    expect(await feed.runOnce()).toEqual({ status: 'unchanged' })
    expect(feed.servingFor('agent-1').snapshot?.version).toBe(30)
  })

  it('keeps the last snapshot when the next one is damaged, and takes the one after', async () => {
    const { database, feed } = setUp()
    database.head = storedHead(storedSnapshot(1))
    await feed.runOnce()
    database.head = storedHead({ ...storedSnapshot(2), gzip: Buffer.from('no gzip') })
    expect(await feed.runOnce()).toMatchObject({ status: 'failed' })
    expect(feed.servingFor('agent-1').snapshot?.version).toBe(1)
    database.head = storedHead(storedSnapshot(3))
    expect(await feed.runOnce()).toMatchObject({ status: 'changed', version: 3 })
  })

  it('does not serve a text that would break an event stream', async () => {
    const { database, feed } = setUp()
    database.head = storedHead(fromText('{\n}', { epoch: testEpoch, version: 1 }))
    expect(await feed.runOnce()).toMatchObject({ status: 'failed' })
    expect(feed.servingFor('agent-1').snapshot).toBeUndefined()
  })

  it('serves the newest to the share of a canary and the held version to the others', async () => {
    const { database, feed } = setUp()
    // md5 puts `a` at 0.0498, and the empty id at 0.83.
    database.head = storedHead(storedSnapshot(5), { held: storedSnapshot(4), share: 0.05 })
    await feed.runOnce()
    expect(feed.servingFor('a')).toMatchObject({ held: false, snapshot: { version: 5 } })
    expect(feed.servingFor('')).toMatchObject({ held: true, snapshot: { version: 4 } })
    expect(feed.servingFor(undefined)).toMatchObject({ held: true, snapshot: { version: 4 } })
  })

  it('serves the newest to all when the canary is over, without a new version', async () => {
    const { database, feed } = setUp()
    database.head = storedHead(storedSnapshot(5), { held: storedSnapshot(4), share: 0.05 })
    await feed.runOnce()
    database.head = storedHead(storedSnapshot(5))
    expect(await feed.runOnce()).toMatchObject({ status: 'changed', version: 5 })
    expect(feed.servingFor(undefined)).toMatchObject({ held: false, snapshot: { version: 5 } })
  })

  it('polls by itself', async () => {
    const { database, feed } = setUp({ pollIntervalMs: 1 })
    await feed.start()
    const changed = nextChange(feed)
    database.head = storedHead(storedSnapshot(1))
    await changed
    expect(feed.servingFor('agent-1').snapshot?.version).toBe(1)
  })

  it('polls at once when it is woken', async () => {
    const { database, feed } = setUp({ pollIntervalMs: 3_600_000 })
    await feed.start()
    const changed = nextChange(feed)
    database.head = storedHead(storedSnapshot(1))
    feed.wake()
    await changed
    expect(feed.servingFor('agent-1').snapshot?.version).toBe(1)
  })

  it('serves the last snapshot while the database is away, logs it once and recovers', async () => {
    const { database, feed, logs } = setUp({ pollIntervalMs: 1, maxBackoffMs: 2 })
    database.head = storedHead(storedSnapshot(1))
    await feed.runOnce()
    database.away = true
    for (let attempt = 0; attempt < 3; attempt++) await feed.runOnce()
    expect(feed.servingFor('agent-1').snapshot?.version).toBe(1)
    const changed = nextChange(feed)
    database.head = storedHead(storedSnapshot(2))
    database.away = false
    await feed.start()
    await changed
    expect(logs.filter((line) => line.startsWith('warn'))).toEqual(['warn snapshot-feed-failed'])
    expect(logs.filter((line) => line.startsWith('info'))).toEqual(['info snapshot-feed-recovered'])
  })

  it('gives up on a read that hangs', async () => {
    const { database, feed } = setUp({ readTimeoutMs: 5 })
    database.hangs = true
    expect(await feed.runOnce()).toMatchObject({ status: 'failed' })
    database.hangs = false
    database.head = storedHead(storedSnapshot(1))
    expect(await feed.runOnce()).toMatchObject({ status: 'changed' })
  })

  it('stops while a read hangs, without calling that a failure', async () => {
    const { database, feed, logs } = setUp()
    database.hangs = true
    const started = feed.start()
    await feed.stop()
    await feed.stop()
    await started
    const { reads } = database
    await feed.stop()
    expect(logs).toEqual([])
    expect(database.reads).toBe(reads)
  })
})
