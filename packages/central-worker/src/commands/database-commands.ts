// The commands that look at the database or change it once: migrate, status, doctor, and the
// operators' hold on snapshots and dead letters.

import type { TaskMetrics } from '@winrate/shared-schema/contracts'
import type pg from 'pg'
import { describeSavings } from '../analysis/savings/describe-savings.ts'
import { computeSavings } from '../analysis/savings/savings.ts'
import type { Config } from '../config.ts'
import {
  type Check,
  checkClock,
  checkDatabase,
  checkPgmq,
  checkQueue,
  checkRedis,
  checkSchema,
  checkSnapshot,
} from '../observability/examine.ts'
import { migrateDatabase } from '../postgres/migrate.ts'
import { readQueueState } from '../postgres/pgmq.ts'
import { readQuarantines } from '../quarantine/read-quarantines.ts'
import { readInstances } from '../reading/read-instances.ts'
import { readTaskMetrics } from '../reading/read-task-metrics.ts'
import { createSnapshotControl, type SnapshotControl } from '../snapshots/snapshot-control.ts'
import { readHead, type SnapshotHead } from '../snapshots/snapshot-store.ts'
import { formatTable } from './format-table.ts'

export interface CommandContext {
  readonly config: Config
  readonly pool: pg.Pool
  readonly connectionString: string
  readonly print: (line: string) => void
}

export async function migrateCommand({ connectionString, print }: CommandContext): Promise<number> {
  const { applied } = await migrateDatabase(connectionString)
  print(`The schema is up to date: ${applied} migrations applied.`)
  return 0
}

export async function statusCommand({ config, pool, print }: CommandContext): Promise<number> {
  const [head, queue, metrics, instances, quarantines] = await Promise.all([
    readHead(pool),
    readQueueState(pool),
    readTaskMetrics(pool, {}),
    readInstances(pool, config.windowDays),
    readQuarantines(pool),
  ])
  print(describeHead(head))
  const lag = queue.lagSeconds === null ? '' : `, the oldest for ${queue.lagSeconds.toFixed(1)} s`
  print(`Queue: ${queue.depth} messages wait${lag}.`)
  print(`Instances in the last ${config.windowDays} days: ${instances.length}.`)
  const leftOut = quarantines.filter(({ cells }) => cells.length > 0)
  if (leftOut.length > 0) {
    const samples = leftOut.reduce((sum, quarantine) => sum + quarantine.samples, 0)
    const names = leftOut.length === 1 ? '1 instance' : `${leftOut.length} instances`
    print(`Quarantined: ${samples} outcomes of ${names}; see "winrate quarantines".`)
  }
  if (config.baselineModel !== undefined) {
    print(describeSavings(computeSavings(metrics, config.baselineModel)))
  }
  print('')
  if (metrics.length === 0) {
    print('No outcomes in the window yet.')
    return 0
  }
  print(formatTable([metricsHeader, ...metrics.map(describeCell)]))
  return 0
}

const metricsHeader = [
  'task type',
  'model',
  'provider',
  'win rate',
  'samples',
  'confidence',
  'time',
  'cost',
  'successes per $',
]

function describeCell(cell: TaskMetrics): string[] {
  return [
    cell.taskType,
    cell.thinkingLevel === null ? cell.modelName : `${cell.modelName} (${cell.thinkingLevel})`,
    cell.provider,
    cell.samples === 0 ? '' : cell.winRate.toFixed(3),
    String(cell.samples),
    cell.confidence.toFixed(2),
    cell.avgResponseTimeMs === null ? '' : `${cell.avgResponseTimeMs.toFixed(0)} ms`,
    cell.avgCostUsd === null ? '' : `$${cell.avgCostUsd.toPrecision(3)}`,
    cell.successesPerUsd === null ? '' : cell.successesPerUsd.toPrecision(3),
  ]
}

/** Exit code 0 only when everything is well. */
export async function doctorCommand({ config, pool, print }: CommandContext): Promise<number> {
  const database = await checkDatabase(pool)
  const rest: Check[] = database.ok
    ? [
        await checkClock(pool, Date.now),
        await checkPgmq(pool),
        await checkSchema(pool),
        await checkQueue(pool),
        await checkSnapshot(pool, config.aggregationIntervalMs),
      ]
    : []
  const checks = [database, ...rest, await checkRedis(config.redisUrl)]
  for (const { name, ok, detail } of checks) {
    print(`${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(9)} ${detail}`)
  }
  return checks.every(({ ok }) => ok) ? 0 : 1
}

export async function requeueCommand(
  { pool, print }: CommandContext,
  reason: string,
): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'select winrate.requeue_rejected($1)::float8 as count',
    [reason],
  )
  print(`${rows[0]?.count ?? 0} dead letters are back in the queue.`)
  return 0
}

export async function rebuildRollupsCommand({ pool, print }: CommandContext): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'select winrate.rebuild_rollups()::float8 as count',
  )
  print(`${rows[0]?.count ?? 0} rollups were summed anew; the next tick shows them.`)
  return 0
}

/** Carries out one change of what is served and says what is served then. */
export async function controlCommand(
  { pool, print }: CommandContext,
  change: (control: SnapshotControl) => Promise<SnapshotHead>,
): Promise<number> {
  print(describeHead(await change(createSnapshotControl(pool))))
  return 0
}

function describeHead(head: SnapshotHead): string {
  const { epoch, version, pinnedVersion, heldVersion, canaryShare } = head
  const newest = version === 0 ? 'none yet' : `version ${version} of epoch ${epoch}`
  const pinned =
    pinnedVersion === null ? '' : ` It repeats version ${pinnedVersion}, which is pinned.`
  const canary =
    heldVersion === null || canaryShare === null
      ? ''
      : ` A canary gives it to ${(canaryShare * 100).toFixed(1)} % of the instances; the others stay at version ${heldVersion}.`
  return `Snapshot: ${newest}.${pinned}${canary}`
}
