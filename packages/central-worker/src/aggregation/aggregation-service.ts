// Turns the window's rollups into metrics, their history and the next snapshot, in one transaction.
// Guarantees: versions of an epoch are gapless and each is written once, however many replicas run.
import type { CatalogueEntry, Snapshot } from '@winrate/shared-schema/contracts'
import type pg from 'pg'
import type { Logger } from 'pino'
import { inTransaction } from '../postgres/queryable.ts'
import { type AggregatedWindow, aggregateWindow } from './aggregate-window.ts'
import { buildSnapshot } from './build-snapshot.ts'
import { noteIdentity, readClusterIdentity, readNotedIdentity } from './cluster-identity.ts'
import { readTickContext } from './read-tick-context.ts'
import { readWindow } from './read-window.ts'
import {
  createDifferenceReport,
  reportBreaks,
  reportCells,
  reportQuarantines,
} from './report-tick.ts'
import {
  beginEpoch,
  findSnapshot,
  insertSnapshot,
  lockHead,
  type SnapshotHead,
} from './snapshot-store.ts'
import { storeMetrics } from './store-metrics.ts'
import { storeQuarantines } from './store-quarantines.ts'

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
  /** Names under which other producers' outcomes are counted. */
  readonly knownModels: readonly CatalogueEntry[]
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

export function createAggregation(options: AggregationOptions): Aggregation {
  const { pool, logger, windowDays, retentionDays = Number.POSITIVE_INFINITY } = options
  const reportDifferences = createDifferenceReport(logger)

  async function runOnce(): Promise<AggregationResult> {
    const identity = await readClusterIdentity(pool)
    const { result, window, context, quarantineChanges } = await inTransaction(
      pool,
      async (client) => {
        const head = await currentHead(client, identity)
        const context = await readTickContext(client)
        const { rows, queueWatermark } = await readWindow(client, { windowDays, retentionDays })
        const window = aggregateWindow(rows, {
          hour: context.hour,
          confidence: options.confidence,
          qualityWeight: options.qualityWeight,
          knownModels: options.knownModels,
          verdicts: context.verdicts,
        })
        const changedCells = await storeMetrics(client, window.cells)
        const quarantineChanges = await storeQuarantines(client, window.quarantines)
        const pinned = await publish(client, head, window, queueWatermark)
        const result = { ...resultOf(head, window), changedCells, pinned }
        return { result, window, context, quarantineChanges }
      },
    )
    reportQuarantines(logger, quarantineChanges)
    reportBreaks(logger, window, context)
    reportDifferences(window)
    reportCells(logger, result, window)
    return result
  }

  async function currentHead(
    client: pg.PoolClient,
    identity: string | null,
  ): Promise<SnapshotHead> {
    const head = await lockHead(client)
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

  /** Publishes the next version: these metrics, or the content that an operator has pinned. */
  async function publish(
    client: pg.PoolClient,
    head: SnapshotHead,
    window: AggregatedWindow,
    queueWatermark: number,
  ): Promise<boolean> {
    const version = head.version + 1
    const createdAt = new Date()
    const { epoch, pinnedVersion } = head
    if (pinnedVersion !== null) {
      const pinned = await findSnapshot(client, { epoch, version: pinnedVersion })
      if (pinned !== undefined) {
        const { format: _format, hash: _hash, ...content } = pinned
        const repeated = { ...content, version, createdAt: createdAt.toISOString() }
        await insertSnapshot(client, { ...repeated, pinnedFrom: pinnedVersion })
        return true
      }
      logger.error({ pinnedVersion }, 'pinned-snapshot-missing')
    }
    const frame = {
      epoch,
      version,
      createdAt,
      windowDays,
      policy: options.policy,
      confidence: options.confidence,
      defaults: options.defaults,
      catalogue: options.catalogue,
      queueWatermark,
      similarity: window.similarity,
    }
    await insertSnapshot(client, buildSnapshot(frame, window.cells), window.outcomes)
    return false
  }

  return { runOnce }
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
