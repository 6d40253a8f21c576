// What pins and canaries give to whom, in any order, by the function that clients without HTTP call.
import { gunzipSync } from 'node:zlib'
import { parseSnapshotText } from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { isInCanary } from '../../packages/central-worker/src/distribution/served-head.ts'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { RefusedError } from '../../packages/central-worker/src/runtime/refused-error.ts'
import { createSnapshotControl } from '../../packages/central-worker/src/snapshots/snapshot-control.ts'
import { readHead } from '../../packages/central-worker/src/snapshots/snapshot-store.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()
const control = createSnapshotControl(database.pool)
const ticker = createTicker({
  pool: database.pool,
  logger: createLogger('silent'),
  windowDays: 7,
  policy: { kind: 'threshold', exploration: 0.05 },
})
const SHARE = 0.5
const names = Array.from({ length: 20 }, (_, at) => `instance-${at}`)
const chosen = names.find((name) => isInCanary(name, SHARE)) ?? ''
const other = names.find((name) => !isInCanary(name, SHARE)) ?? ''
let models = 0

beforeEach(reset)

/** Publishes metrics of one more model than the tick before: the number of models tells snapshots apart. */
async function tick() {
  models += 1
  await sendMessages(database, aSealedBatch([anOutcome({ model_name: `model-${models}` })]))
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
  await foldIncrements(database.pool)
  await ticker.runOnce()
}

/** How many models an instance that knows nothing gets, and in which version. */
async function served(instance: string, known?: { epoch: string; version: number }) {
  const [row] = await database.rows<{ kind: string; version: string; body: Buffer }>(
    'select kind, version, body from winrate.pull_snapshot($1, $2, $3)',
    [known?.epoch ?? null, known?.version ?? null, instance],
  )
  if (row === undefined || row.kind !== 'full') return undefined
  const { version, models } = parseSnapshotText(gunzipSync(row.body).toString('utf8'))
  return { version, models: models.length }
}

const modelsOf = async (instance: string) => (await served(instance))?.models

test('an aborted canary leaves nothing behind: all get the held content at once, then current metrics', async () => {
  await tick()
  await control.startCanary(SHARE)
  await tick()
  expect([await modelsOf(chosen), await modelsOf(other)]).toEqual([2, 1])

  const head = await control.abortCanary()
  expect(head).toMatchObject({ version: 3, pinnedVersion: null, heldVersion: null })
  expect([await served(chosen), await served(other)]).toEqual([
    { version: 3, models: 1 },
    { version: 3, models: 1 },
  ])
  // An instance that had the newer content takes the older, as a newer version.
  expect(await served(chosen, { epoch: head.epoch, version: 2 })).toEqual({ version: 3, models: 1 })

  await tick()
  expect([await served(chosen), await served(other)]).toEqual([
    { version: 4, models: 3 },
    { version: 4, models: 3 },
  ])
})

test('a canary out of a pin: aborted, the pin holds again; promoted, it is over', async () => {
  await tick()
  await tick()
  await control.pin(1)
  await control.startCanary(SHARE)
  await tick()
  expect([await modelsOf(chosen), await modelsOf(other)]).toEqual([3, 1])

  expect(await control.abortCanary()).toMatchObject({ pinnedVersion: 1, heldVersion: null })
  await tick()
  expect([await modelsOf(chosen), await modelsOf(other)]).toEqual([1, 1])

  await control.startCanary(SHARE)
  await tick()
  expect(await control.promoteCanary()).toMatchObject({ pinnedVersion: null, heldVersion: null })
  expect([await modelsOf(chosen), await modelsOf(other)]).toEqual([5, 5])
})

test('what is not possible is refused, and changes nothing', async () => {
  await expect(control.pin(7)).rejects.toThrow(RefusedError)
  await expect(control.startCanary(SHARE)).rejects.toThrow('no snapshot yet')
  await expect(control.abortCanary()).rejects.toThrow('no canary')
  await tick()
  await expect(control.startCanary(1.5)).rejects.toThrow('between 0 and 1')
  const before = await readHead(database.pool)
  await expect(control.pin(2)).rejects.toThrow('not kept')
  expect(await readHead(database.pool)).toEqual(before)
})

const operations = [
  'tick',
  'pin the first',
  'pin the newest',
  'unpin',
  'canary',
  'promote',
  'abort',
] as const
type Operation = (typeof operations)[number]

/** What should hold: the content of each version, and what is given to whom. */
class Expected {
  readonly contents: number[] = []
  metrics = 0
  pinned: number | undefined
  held: number | undefined

  get newest() {
    return this.contents.length
  }

  apply(operation: Operation) {
    const { newest } = this
    if (operation === 'tick') {
      this.metrics += 1
      const repeats = this.held === undefined ? this.pinned : undefined
      this.publish(repeats === undefined ? this.metrics : this.contentOf(repeats))
    } else if (newest === 0) {
      // Refused, or nothing to change.
    } else if (operation === 'unpin') {
      this.pinned = undefined
    } else if (operation === 'canary') {
      this.held ??= newest
    } else if (operation === 'promote') {
      if (this.held !== undefined) this.pinned = undefined
      this.held = undefined
    } else if (operation === 'abort') {
      if (this.held === undefined) return
      this.publish(this.contentOf(this.pinned ?? this.held))
      this.held = undefined
    } else {
      this.pinned = operation === 'pin the first' ? 1 : newest
      this.publish(this.contentOf(this.pinned))
      this.held = undefined
    }
  }

  publish(content: number) {
    this.contents.push(content)
  }

  contentOf(version: number) {
    return this.contents[version - 1] ?? 0
  }

  servedAt(version: number) {
    return version === 0 ? undefined : { version, models: this.contentOf(version) }
  }
}

async function run(operation: Operation): Promise<unknown> {
  const { version } = await readHead(database.pool)
  switch (operation) {
    case 'tick':
      return tick()
    case 'pin the first':
      return control.pin(1)
    case 'pin the newest':
      return control.pin(Math.max(version, 1))
    case 'unpin':
      return control.unpin()
    case 'canary':
      return control.startCanary(SHARE)
    case 'promote':
      return control.promoteCanary()
    case 'abort':
      return control.abortCanary()
  }
}

test('in any order: who gets what, what stays pinned, and versions only grow', async () => {
  const order = fc.array(fc.constantFrom(...operations), { minLength: 4, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(order, async (sequence) => {
      await reset()
      const expected = new Expected()
      let before = 0
      for (const operation of sequence) {
        expected.apply(operation)
        await run(operation).catch((error: unknown) => {
          if (!(error instanceof RefusedError)) throw error
        })
        const { version, pinnedVersion, heldVersion } = await readHead(database.pool)
        expect({ version, pinnedVersion, heldVersion }).toEqual({
          version: expected.newest,
          pinnedVersion: expected.pinned ?? null,
          heldVersion: expected.held ?? null,
        })
        expect(version).toBeGreaterThanOrEqual(before)
        before = version
        expect(await served(chosen)).toEqual(expected.servedAt(expected.newest))
        expect(await served(other)).toEqual(expected.servedAt(expected.held ?? expected.newest))
      }
    }),
    { numRuns: 12 },
  )
})

async function reset() {
  models = 0
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.task_metrics, winrate.task_metrics_history, winrate.snapshots`),
  )
  await database.pool.query(`
    update winrate.snapshot_head set epoch = gen_random_uuid(), version = 0, pinned_version = null,
      held_version = null, canary_share = null`)
}
