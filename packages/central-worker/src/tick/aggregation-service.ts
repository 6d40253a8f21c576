// Turns the window's rollups into metrics, their history and the next snapshot, in one transaction.
// Guarantees: versions of an epoch are gapless and each is written once, however many replicas run.
// What one tick leaves in memory makes the next one cheap, and changes nothing of its results.
import type { Snapshot, SnapshotContent } from '@winrate/shared-schema/contracts'
import { runInSlices } from '@winrate/shared-schema/steps'
import type pg from 'pg'
import type { Logger } from 'pino'
import { type AggregatedWindow, CellResults } from '../cells/cell-results.ts'
import { type StoredMetrics, storeMetrics } from '../cells/store-metrics.ts'
import { foldIncrements } from '../postgres/fold-increments.ts'
import { inTransaction } from '../postgres/queryable.ts'
import { type StoredQuarantines, storeQuarantines } from '../quarantine/store-quarantines.ts'
import { beginEpoch, lockHead, readHead, type SnapshotHead } from '../snapshots/snapshot-store.ts'
import { followWindow, type LiveWindow, prepareWindow } from '../window/live-window.ts'
import { createNaming } from '../window/merge-names.ts'
import { windowShape } from '../window/window-spans.ts'
import { noteIdentity, readClusterIdentity, readNotedIdentity } from './cluster-identity.ts'
import { publishWindow } from './publish-window.ts'
import { readTickContext } from './read-tick-context.ts'
import {
  createDifferenceReport,
  reportBreaks,
  reportCells,
  reportQuarantines,
} from './report-tick.ts'

export interface AggregationOptions {
  readonly pool: pg.Pool
  readonly logger: Logger
  readonly windowDays: number
  /** How long outcomes are kept: the faded ones end there at the latest. Default: no end of its own. */
  readonly retentionDays?: number
  readonly policy: Snapshot['policy']
  /** Share of the reward that a reported quality decides, 0 to 1. Default 0.2. */
  readonly qualityWeight?: number
  /** Published with every snapshot; clients lay it over their built-in values. */
  readonly confidence?: Snapshot['confidence']
  readonly defaults?: Snapshot['defaults']
  readonly catalogue?: Snapshot['catalogue']
}

export interface AggregationResult {
  readonly epoch: string
  readonly version: number
  readonly cells: number
  /** Cells whose stored metrics are other ones than before. */
  readonly changedCells: number
  /** Outcomes that the cells count. */
  readonly samples: number
  /** Instances of which something is left out. */
  readonly quarantinedInstances: number
  /** Cells that count from a break on. */
  readonly brokenCells: number
  /** Whether the snapshot repeats a pinned one instead of showing these metrics. */
  readonly pinned: boolean
}

export interface Aggregation {
  /** One tick. */
  runOnce(): Promise<AggregationResult>
}

/** Which cluster and which line of versions something is about, and how far that had come. */
interface Line {
  readonly identity: string | null
  readonly epoch: string
  readonly version: number
}

/** What a tick leaves to the next one of this process. */
interface TickMemory extends Line {
  readonly window: LiveWindow
  readonly results: CellResults
  readonly metrics: StoredMetrics
  readonly quarantines: StoredQuarantines
  readonly published: SnapshotContent
}

/** What a tick has before it holds the lock. */
interface PreparedTick {
  /** As it was when the rest was read. */
  readonly line: Line
  readonly window: LiveWindow | undefined
  readonly known: TickMemory | undefined
}

const nothingPrepared = { window: undefined, known: undefined }

export function createAggregation(options: AggregationOptions): Aggregation {
  const { pool, logger, windowDays, retentionDays = Number.POSITIVE_INFINITY } = options
  const live = {
    shape: windowShape({ windowDays, retentionDays }),
    nameOf: createNaming(options.catalogue),
  }
  const reportDifferences = createDifferenceReport(logger)
  let memory: TickMemory | undefined

  async function runOnce(): Promise<AggregationResult> {
    // Taken, so that a tick beside this one has none, and given back only after everything went well.
    const taken = memory
    memory = undefined
    const line = { identity: await readClusterIdentity(pool), ...(await readHead(pool)) }
    const known = taken !== undefined && goesOn(taken, line) ? taken : undefined
    const window = await inTransaction(pool, async (client) => {
      await client.query('set transaction isolation level repeatable read, read only')
      return prepareWindow(client, known?.window, live)
    })
    const tick = await inTransaction(pool, (client) => runTick(client, { line, window, known }))
    memory = tick.memory
    reportQuarantines(logger, tick.memory.quarantines.changes)
    reportBreaks(logger, tick.aggregated, tick.context)
    reportDifferences(tick.aggregated)
    reportCells(logger, tick.result, tick.aggregated)
    return tick.result
  }

  async function runTick(client: pg.PoolClient, prepared: PreparedTick) {
    const locked = await lockHead(client)
    const line = { identity: await identityAgain(client, prepared.line), ...locked }
    // While it waited for the lock, too, another database may have taken over.
    const { window: near, known } = goesOn(prepared.line, line) ? prepared : nothingPrepared
    const head = await currentHead(client, line)
    const context = await readTickContext(client)
    const { queueWatermark } = await foldIncrements(client)
    const window = await followWindow(client, near, live)
    const results = known?.results ?? new CellResults(options)
    const aggregated = await runInSlices(results.follow(window.sums, context))
    const metrics = await storeMetrics(client, aggregated.cells, known?.metrics)
    const quarantines = await storeQuarantines(client, aggregated.quarantines, known?.quarantines)
    const publication = { ...options, head, queueWatermark, before: known?.published }
    const { content, pinned } = await publishWindow(client, aggregated, publication)
    const result = { ...resultOf(head, aggregated), changedCells: metrics.changed, pinned }
    const { epoch, version } = result
    const stored = { metrics, quarantines, published: content }
    const memory = { identity: line.identity, epoch, version, window, results, ...stored }
    return { memory, aggregated, context, result }
  }

  async function currentHead(
    client: pg.PoolClient,
    { identity, ...head }: SnapshotHead & Line,
  ): Promise<SnapshotHead> {
    if (identity === null) return head
    const noted = await readNotedIdentity(client)
    if (noted === identity) return head
    if (noted === null) {
      await noteIdentity(client, identity)
      return head
    }
    logger.warn({ noted, identity }, 'epoch-begun')
    return beginEpoch(client, identity)
  }

  return { runOnce }
}

/** Not after a backup was restored, or another database took over: its rollups may be others. */
function goesOn(before: Line, now: Line): boolean {
  return (
    before.identity === now.identity && before.epoch === now.epoch && before.version <= now.version
  )
}

/** A server that did not tell is not asked again: being refused would end the transaction. */
async function identityAgain(client: pg.PoolClient, { identity }: Line): Promise<string | null> {
  return identity === null ? null : readClusterIdentity(client)
}

function resultOf({ epoch, version }: SnapshotHead, { cells, quarantines }: AggregatedWindow) {
  return {
    epoch,
    version: version + 1,
    cells: cells.length,
    samples: cells.reduce((sum, cell) => sum + cell.samples, 0),
    quarantinedInstances: new Set(quarantines.map(({ instanceId }) => instanceId)).size,
    brokenCells: cells.filter(({ changedAt }) => changedAt !== null).length,
  }
}
