// Turns the window's rollups into metrics, their history and the next snapshot, in one transaction.
// Guarantees: versions of an epoch are gapless and each is written once, however many replicas run.
// What one tick keeps in memory makes the next one cheap and never changes its results.
import type { SnapshotContent } from '@winrate/shared-schema/contracts'
import type { SnapshotHead } from '@winrate/shared-schema/http'
import { runInSlices } from '@winrate/shared-schema/steps'
import type pg from 'pg'
import type { Logger } from 'pino'
import type { CellMetrics } from '../cells/cell-metrics.ts'
import { CellResults, type Findings } from '../cells/cell-results.ts'
import { measureDelays } from '../cells/reporting-delays.ts'
import { storeMetrics } from '../cells/store-metrics.ts'
import { type NewEvent, noteEvents } from '../events/note-events.ts'
import { createImporting } from '../imports/imported-evidence.ts'
import { judgeMissing } from '../missing/judge-missing.ts'
import { foldIncrements, foldMostIncrements } from '../postgres/fold-increments.ts'
import { inTransaction, type Queryable, readDatabaseMs } from '../postgres/queryable.ts'
import type { StoredTable } from '../postgres/stored-table.ts'
import { createListPrices } from '../prices/list-prices.ts'
import type { Quarantine } from '../quarantine/judge-instances.ts'
import { storeQuarantines } from '../quarantine/store-quarantines.ts'
import {
  beginEpoch,
  type LockedHead,
  lockHead,
  readHead,
  readLeftOutCells,
  readNewestAgeMs,
} from '../snapshots/snapshot-store.ts'
import { updateSplits } from '../splits/task-splits.ts'
import { type CellBudget, cellBudget } from '../window/cell-budget.ts'
import { createNaming } from '../window/create-naming.ts'
import { LiveWindow, type LiveWindowOptions } from '../window/live-window.ts'
import { windowShape } from '../window/window-spans.ts'
import { type PublishedSettings, publishSnapshot } from './publish-snapshot.ts'
import { readClusterIdentity, readTickContext } from './read-tick-context.ts'
import {
  createDifferenceReport,
  createLeftOutReport,
  createMeasuringReport,
  findNewBreaks,
  reportBreaks,
  reportCells,
  reportMissing,
  reportQuarantines,
} from './report-tick.ts'
import { tickEvents } from './tick-events.ts'

export interface TickerOptions extends PublishedSettings {
  readonly pool: pg.Pool
  readonly logger: Logger
  /** How long outcomes are kept: the faded tail ends there at the latest. Default: no limit. */
  readonly retentionDays?: number
  /** Share of the reward that a reported quality decides, 0 to 1. Default 0.2. */
  readonly qualityWeight?: number
  /** The worker that ticks, as operators know it. */
  readonly tickedBy?: string
  /** How much a tick takes in of what clients may invent. Default `cellBudget()`. */
  readonly budget?: CellBudget
}

export interface TickResult {
  readonly epoch: string
  readonly version: number
  readonly cells: number
  /** Cells beyond the budget: their outcomes are stored and not counted. */
  readonly leftOutCells: number
  /** Cells whose stored metrics have changed. */
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

/** A cluster, a line of versions in it, and the newest of them. */
interface Line {
  readonly identity: string | null
  readonly epoch: string
  readonly version: number
}

/** What a tick leaves to the next one of this process. */
interface TickMemory {
  /** What it is about; undefined before the first tick. */
  readonly line?: Line
  readonly window: LiveWindow
  readonly results: CellResults
  readonly metrics?: StoredTable<CellMetrics>
  readonly quarantines?: StoredTable<Quarantine>
  readonly published?: SnapshotContent
}

export function createTicker(options: TickerOptions) {
  const { pool, logger, windowDays, retentionDays = Number.POSITIVE_INFINITY } = options
  const { catalogue, defaults = {} } = options
  const windowOptions = {
    shape: windowShape({ windowDays, retentionDays }),
    nameOf: createNaming(catalogue),
    budget: options.budget ?? cellBudget(),
    known: { catalogue, taskTypes: Object.keys(defaults) },
  }
  const findPrices = createListPrices(catalogue)
  const reportDifferences = createDifferenceReport(logger)
  const reportLeftOut = createLeftOutReport(logger)
  const measure = createMeasuring(options, windowOptions)
  const emptyMemory = (): TickMemory => ({
    window: new LiveWindow(windowOptions),
    results: new CellResults(options),
  })
  const withImports = createImporting({ ...options, ...windowOptions })
  let memory = emptyMemory()

  /** Runs one tick. */
  async function runOnce(): Promise<TickResult> {
    const result = await runUnlessRecent(0)
    if (result === undefined) throw new Error('a tick without a gap was left out')
    return result
  }

  /**
   * Runs one tick, unless the newest snapshot is younger: replicas that all waited, or a schedule that catches up,
   * would publish the same again and again.
   */
  async function runUnlessRecent(gapMs: number): Promise<TickResult | undefined> {
    if (await isRecent(pool, gapMs)) return undefined
    await foldMostIncrements(pool)
    await measure()
    // A tick changes the window and the results in place, over two transactions. So it takes the memory, and
    // puts it back once all is committed: a tick that fails, or runs beside another, starts from nothing.
    const taken = memory
    memory = emptyMemory()
    const line = { identity: await readClusterIdentity(pool), ...(await readHead(pool)) }
    const prepared = goesOn(taken.line, line) ? taken : emptyMemory()
    await inTransaction(pool, async (client) => {
      await client.query('set transaction isolation level repeatable read, read only')
      await prepared.window.prepare(client)
    })
    const tick = await inTransaction(pool, (client) => runTick(client, line, prepared, gapMs))
    if (tick === undefined) return undefined
    memory = tick.memory
    reportQuarantines(logger, tick.quarantines)
    reportLeftOut(tick.result, tick.context)
    reportBreaks(logger, tick.broken)
    reportDifferences(tick.findings)
    reportCells(logger, tick.result, tick.findings)
    return tick.result
  }

  async function runTick(client: pg.PoolClient, before: Line, prepared: TickMemory, gapMs: number) {
    const locked = await lockHead(client)
    // While it waited for the lock, another replica may have ticked.
    if (await isRecent(client, gapMs)) return undefined
    const createdAt = new Date(await readDatabaseMs(client)).toISOString()
    const line = { identity: await readIdentityAgain(client, before), ...locked }
    // While it waited for the lock, another database may have taken over.
    const { window, results, ...known } = goesOn(before, line) ? prepared : emptyMemory()
    const head = await currentHead(client, line, options)
    const context = await readTickContext(client, windowOptions.shape)
    const { queueWatermark } = await foldIncrements(client)
    const sums = await window.follow(client)
    const findings = await withImports(client, await runInSlices(results.update(sums, context)))
    const metrics = await storeMetrics(client, findings.cells, known.metrics)
    const quarantines = await storeQuarantines(client, findings.quarantines, known.quarantines)
    const { leftOutCells } = sums
    const publication = {
      ...{ ...options, head, createdAt, queueWatermark, leftOutCells, findPrices },
      before: known.published,
    }
    const leftOutBefore = await readLeftOutCells(client)
    const {
      content,
      pinned,
      before: published,
    } = await publishSnapshot(client, findings, publication)
    const broken = findNewBreaks(findings, context)
    const events = tickEvents({
      ...{ broken, leftOutCells, content, by: options.tickedBy },
      ...{ quarantines, decided: context.verdicts },
      before: published && { ...published, leftOutCells: leftOutBefore },
    })
    await note(client, events, logger)
    const result = {
      ...summarize(head, findings),
      ...{ leftOutCells, changedCells: metrics.changed, pinned },
    }
    const memory: TickMemory = {
      line: { identity: line.identity, epoch: result.epoch, version: result.version },
      window,
      results,
      metrics,
      quarantines,
      published: content,
    }
    return { memory, findings, context, result, quarantines, broken }
  }

  return { runOnce, runUnlessRecent }
}

async function note(
  client: pg.PoolClient,
  events: readonly NewEvent[],
  logger: Logger,
): Promise<void> {
  const err = await noteEvents(client, events)
  if (err !== undefined) logger.warn({ err }, 'events-not-noted')
}

/** The head, in a new epoch where another database has taken over. */
async function currentHead(
  client: pg.PoolClient,
  locked: LockedHead & Line,
  { logger, tickedBy }: TickerOptions,
): Promise<LockedHead> {
  const { identity, clusterIdentity: noted } = locked
  if (identity === null || noted === identity) return locked
  if (noted !== null) {
    logger.warn({ noted, identity }, 'epoch-begun')
    const begun = await beginEpoch(client, identity)
    const message = 'A new line of versions began: the database was restored, or another took over.'
    await note(client, [{ kind: 'epoch', message, by: tickedBy }], logger)
    return { ...locked, ...begun }
  }
  await client.query('update winrate.snapshot_head set cluster_identity = $1', [identity])
  return locked
}

/**
 * What is measured every now and then, by whichever replica comes first. It refines ticks, so an error of it ends none: what
 * was measured last goes on to count.
 */
function createMeasuring(
  { pool, logger, windowDays, tickedBy }: TickerOptions,
  { nameOf, shape }: Pick<LiveWindowOptions, 'nameOf' | 'shape'>,
) {
  const report = createMeasuringReport(logger)
  /** By the column that says when; true where this replica has measured. */
  const measurements: Readonly<Record<string, () => Promise<boolean>>> = {
    delays_measured_at: () => measureDelays(pool),
    contexts_summed_at: () => updateSplits(pool, shape.windowHours, tickedBy),
    missing_judged_at: async () => {
      const changes = await judgeMissing(pool, { windowDays, nameOf, by: tickedBy })
      reportMissing(logger, changes)
      return changes !== undefined
    },
  }
  return async (): Promise<void> => {
    for (const [column, measureOne] of Object.entries(measurements)) {
      try {
        if (await measureOne()) report(column)
      } catch (error) {
        report(column, error)
        // A transaction that rolls back forgets that it was tried, and each tick would wait for the same error. Where not
        // even this can be stored, the tick itself fails.
        await pool.query(`update winrate.tick_state set ${column} = now()`).catch(() => undefined)
      }
    }
  }
}

/** A snapshot that is dated in the future is not recent: the clock that dated it was wrong. */
async function isRecent(queryable: Queryable, gapMs: number): Promise<boolean> {
  const ageMs = await readNewestAgeMs(queryable)
  return ageMs !== undefined && ageMs >= 0 && ageMs < gapMs
}

/** False after a backup was restored or another database took over: its rollups may differ. */
function goesOn(before: Line | undefined, now: Line): boolean {
  return (
    before !== undefined &&
    before.identity === now.identity &&
    before.epoch === now.epoch &&
    before.version <= now.version
  )
}

/** Does not ask a server that refused before: a refusal would end the transaction. */
async function readIdentityAgain(client: pg.PoolClient, before: Line): Promise<string | null> {
  return before.identity === null ? null : readClusterIdentity(client)
}

function summarize({ epoch, version }: SnapshotHead, { cells, quarantines }: Findings) {
  return {
    epoch,
    version: version + 1,
    cells: cells.length,
    samples: cells.reduce((sum, cell) => sum + cell.samples, 0),
    quarantinedInstances: new Set(quarantines.map(({ instanceId }) => instanceId)).size,
    brokenCells: cells.filter(({ changedAt }) => changedAt !== null).length,
  }
}
