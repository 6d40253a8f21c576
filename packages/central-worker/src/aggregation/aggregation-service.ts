// Turns the window's rollups into metrics, their history and the next snapshot, in one transaction.
// Guarantees: versions of an epoch are gapless and each is written once, however many replicas run.
import type { CatalogueEntry, Snapshot } from '@winrate/shared-schema/contracts'
import type pg from 'pg'
import type { Logger } from 'pino'
import { inTransaction } from '../postgres/queryable.ts'
import { buildSnapshot } from './build-snapshot.ts'
import { type CellMetrics, cellMetrics } from './cell-metrics.ts'
import { noteIdentity, readClusterIdentity, readNotedIdentity } from './cluster-identity.ts'
import { mergeNames } from './merge-names.ts'
import { readWindow } from './read-window.ts'
import {
  beginEpoch,
  findSnapshot,
  insertSnapshot,
  lockHead,
  type SnapshotHead,
} from './snapshot-store.ts'
import { storeMetrics } from './store-metrics.ts'

export interface AggregationOptions {
  readonly pool: pg.Pool
  readonly logger: Logger
  readonly windowDays: number
  readonly policy: Snapshot['policy']
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
  readonly changedCells: number
  readonly samples: number
  /** Whether the snapshot repeats a pinned one instead of showing these metrics. */
  readonly pinned: boolean
}

export interface Aggregation {
  /** One tick. */
  runOnce(): Promise<AggregationResult>
}

export function createAggregation(options: AggregationOptions): Aggregation {
  const { pool, logger, windowDays, knownModels } = options

  async function runOnce(): Promise<AggregationResult> {
    const identity = await readClusterIdentity(pool)
    const { result, metrics } = await inTransaction(pool, async (client) => {
      const head = await currentHead(client, identity)
      const window = mergeNames(await readWindow(client, windowDays), knownModels)
      const metrics = window.map((cell) => cellMetrics(cell, options.confidence))
      const changedCells = await storeMetrics(client, metrics)
      const pinned = await publish(client, head, metrics)
      const samples = metrics.reduce((sum, cell) => sum + cell.samples, 0)
      const { epoch } = head
      const version = head.version + 1
      return {
        metrics,
        result: { epoch, version, cells: metrics.length, changedCells, samples, pinned },
      }
    })
    report(logger, result, metrics)
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
    metrics: readonly CellMetrics[],
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
    }
    await insertSnapshot(client, buildSnapshot(frame, metrics))
    return false
  }

  return { runOnce }
}

/** A line per cell in debug; in info one line with the best model of each task type. */
function report(logger: Logger, result: AggregationResult, metrics: readonly CellMetrics[]): void {
  const best = new Map<string, CellMetrics>()
  for (const cell of metrics) {
    logger.debug(cell, 'cell-aggregated')
    const known = best.get(cell.taskType)
    if (known === undefined || cell.winRate > known.winRate) best.set(cell.taskType, cell)
  }
  const summary = [...best.values()].map(
    ({ taskType, modelName, winRate, samples, confidence }) => ({
      taskType,
      modelName,
      winRate,
      samples,
      confidence,
    }),
  )
  logger.info({ ...result, best: summary }, 'snapshot-published')
}
