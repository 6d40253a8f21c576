// What every source of snapshots must do, as cases that any test runner can run.
import assert from 'node:assert/strict'
import {
  parseSnapshotText,
  type SnapshotVersion,
  supersedes,
} from '@winrate/shared-schema/contracts'
import { systemClock } from '../../runtime/clock.ts'
import { silentLogger } from '../../runtime/logger.ts'
import type { SnapshotReceiver, SnapshotSource } from './snapshot-source.ts'

/** A source and the world that it looks at. */
export interface SourceUnderTest {
  readonly source: SnapshotSource
  /** Makes the world hold this text, whether or not it is a sound snapshot. */
  publish(text: string): Promise<void>
  /** Ends the world. The source is stopped before. */
  close(): Promise<void>
}

export interface ConformanceInput {
  /**
   * Makes a source whose world holds `text` from the beginning. It should look for news often (every
   * 20 ms or so).
   */
  readonly create: (text: string) => Promise<SourceUnderTest>
  /** Texts of two sound snapshots of one epoch, the second newer. */
  readonly texts: readonly [string, string]
}

export interface ConformanceCase {
  /** A sentence about the source. */
  readonly name: string
  /** The case is about news, which a source with `expectsUpdates: false` never has. */
  readonly needsUpdates: boolean
  run(input: ConformanceInput): Promise<void>
}

const PATIENCE_MS = 10_000

/** Every case makes a source of its own. */
export const snapshotSourceConformance: readonly ConformanceCase[] = [
  aboutEverySource(
    'offers the snapshot that is there at the start',
    async ({ source, seen, texts }) => {
      source.start(seen.receiver)
      await seen.until(() => seen.version() === versionOf(texts[0]))
    },
  ),
  aboutNews('brings a newer snapshot', async ({ source, seen, texts, publish }) => {
    source.start(seen.receiver)
    await seen.until(() => seen.version() === versionOf(texts[0]))
    await publish(texts[1])
    await seen.until(() => seen.version() === versionOf(texts[1]))
  }),
  aboutNews('survives a broken snapshot and takes the next sound one', async (test) => {
    const { source, seen, texts, publish } = test
    source.start(seen.receiver)
    await seen.until(() => seen.version() === versionOf(texts[0]))
    await publish(texts[1].slice(0, -20))
    await seen.until(() => seen.trouble() > 0)
    assert.equal(seen.version(), versionOf(texts[0]))
    await publish(texts[1])
    await seen.until(() => seen.version() === versionOf(texts[1]))
  }),
  aboutEverySource(
    'starts once, however often start is called',
    async ({ source, seen, texts }) => {
      const second = createSeen()
      source.start(seen.receiver)
      source.start(second.receiver)
      await seen.until(() => seen.version() === versionOf(texts[0]))
      assert.equal(second.version(), undefined)
    },
  ),
  aboutEverySource('tells its state', async ({ source, seen, texts }) => {
    assert.equal(source.status().state, 'idle')
    source.start(seen.receiver)
    await seen.until(() => seen.version() === versionOf(texts[0]))
    assert.match(source.status().state, /^(connecting|streaming|polling|failing)$/)
    await source.stop()
    assert.equal(source.status().state, 'stopped')
    assert.notEqual(source.status().kind, '')
  }),
  aboutNews('offers nothing after it was stopped', async ({ source, seen, texts, publish }) => {
    source.start(seen.receiver)
    await seen.until(() => seen.version() === versionOf(texts[0]))
    await source.stop()
    const calls = seen.calls()
    await publish(texts[1])
    // Several times the interval that it used to look in.
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.equal(seen.calls(), calls)
  }),
  aboutEverySource('stops without having started, and twice', async ({ source }) => {
    await source.stop()
    await source.stop()
    assert.equal(source.status().state, 'stopped')
  }),
]

interface Running extends SourceUnderTest {
  readonly seen: Seen
  readonly texts: readonly [string, string]
}

function aboutEverySource(name: string, check: (running: Running) => Promise<void>) {
  return makeCase(name, false, check)
}

function aboutNews(name: string, check: (running: Running) => Promise<void>) {
  return makeCase(name, true, check)
}

function makeCase(
  name: string,
  needsUpdates: boolean,
  check: (running: Running) => Promise<void>,
): ConformanceCase {
  return {
    name,
    needsUpdates,
    async run({ create, texts }) {
      const tested = await create(texts[0])
      try {
        await check({ ...tested, seen: createSeen(), texts })
      } finally {
        await tested.source.stop()
        await tested.close()
      }
    },
  }
}

function versionOf(text: string): number {
  return parseSnapshotText(text).version
}

interface Seen {
  readonly receiver: SnapshotReceiver
  version(): number | undefined
  trouble(): number
  calls(): number
  until(condition: () => boolean): Promise<void>
}

/** A receiver that keeps what it was told. */
function createSeen(): Seen {
  let known: SnapshotVersion | undefined
  let trouble = 0
  let calls = 0
  let wake: () => void = () => undefined
  const told = (): void => {
    calls += 1
    wake()
  }
  const offer: SnapshotReceiver['offer'] = (offered) => {
    try {
      const snapshot = parseSnapshotText(
        typeof offered === 'string' ? offered : JSON.stringify(offered),
      )
      const isNewer = supersedes(snapshot, known)
      if (isNewer) known = { epoch: snapshot.epoch, version: snapshot.version }
      return isNewer ? 'accepted' : 'ignored'
    } catch {
      trouble += 1
      return 'refused'
    } finally {
      told()
    }
  }
  const receiver: SnapshotReceiver = {
    instanceId: 'conformance',
    clock: systemClock,
    random: Math.random,
    logger: silentLogger,
    known: () => known,
    offer,
    offerText: async (text) => offer(text),
    async offerDelta() {
      told()
      return 'refused'
    },
    confirm: told,
    fail() {
      trouble += 1
      told()
    },
  }
  return {
    receiver,
    version: () => known?.version,
    trouble: () => trouble,
    calls: () => calls,
    async until(condition) {
      const deadlineMs = Date.now() + PATIENCE_MS
      while (!condition()) {
        assert.ok(Date.now() < deadlineMs, 'the source did not do it in time')
        await new Promise<void>((resolve) => {
          const guard = setTimeout(resolve, PATIENCE_MS)
          wake = () => {
            clearTimeout(guard)
            resolve()
          }
        })
      }
    },
  }
}
