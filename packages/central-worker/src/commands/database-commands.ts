// The commands that look at the database, bring it up to date or repair it.
import type { TaskMetrics } from '@winrate/shared-schema/http'
import { z } from 'zod'
import { describeSavings } from '../analysis/savings/savings.ts'
import {
  type Check,
  checkCells,
  checkClientClocks,
  checkClock,
  checkDatabase,
  checkPgmq,
  checkPublisher,
  checkQueue,
  checkRedis,
  checkSchema,
  checkSnapshot,
  checkTicks,
} from '../observability/examine.ts'
import { migrateDatabase } from '../postgres/migrate.ts'
import { readQueueState } from '../postgres/pgmq.ts'
import { rebuildRollupsByDay } from '../postgres/rebuild-rollups.ts'
import { requeueRejected } from '../postgres/requeue-rejected.ts'
import { readInstances } from '../reading/read-instances.ts'
import { readQuarantines } from '../reading/read-quarantines.ts'
import { readMetrics } from '../reading/read-task-metrics.ts'
import { readHead } from '../snapshots/snapshot-store.ts'
import { defineCommand, noOperands, onDatabase } from './command.ts'
import { describeHead } from './operator-commands.ts'
import { formatTable, print, printProgress } from './print.ts'

export const migrate = defineCommand({
  word: 'migrate',
  summary: "bring the database to this version's schema",
  operands: noOperands,
  run: onDatabase(
    async ({ connectionString }) => {
      const { applied, missingRights } = await migrateDatabase(connectionString)
      print(`The schema is up to date: ${applied} migrations applied.`)
      if (missingRights.length > 0) {
        print('Agents cannot connect to Postgres before an administrator of this database runs:')
        for (const statement of missingRights) print(`  ${statement};`)
      }
      return 0
    },
    { anySchema: true },
  ),
})

export const status = defineCommand({
  word: 'status',
  summary: 'what is served, what waits, and the current metrics',
  operands: noOperands,
  run: onDatabase(async ({ config, pool }) => {
    const [head, queue, { metrics, leftOutCells, savings }, instances, quarantined] =
      await Promise.all([
        readHead(pool),
        readQueueState(pool),
        readMetrics(pool, config, {}),
        readInstances(pool, config.windowDays),
        readQuarantines(pool),
      ])
    print(describeHead(head))
    const lag = queue.lagSeconds === null ? '' : `, the oldest for ${queue.lagSeconds.toFixed(1)} s`
    print(`Queue: ${queue.depth} messages wait${lag}.`)
    const count = instances.instances.length + (instances.more ?? 0)
    print(`Instances in the last ${config.windowDays} days: ${count}.`)
    if (leftOutCells !== undefined) {
      print(
        `Left out: ${leftOutCells} cells have no room beside those below; see "winrate doctor".`,
      )
    }
    const leftOut = quarantined.quarantines.filter(({ cells }) => cells.length > 0)
    if (leftOut.length > 0) {
      const samples = leftOut.reduce((sum, quarantine) => sum + quarantine.samples, 0)
      const atLeast = quarantined.more === undefined ? '' : 'at least '
      const names = leftOut.length === 1 ? '1 instance' : `${atLeast}${leftOut.length} instances`
      print(`Quarantined: ${samples} outcomes of ${names}; see "winrate quarantines".`)
    }
    if (savings !== undefined) print(describeSavings(savings))
    print('')
    if (metrics.length === 0) print('No outcomes in the window yet.')
    else print(describeMetrics(metrics))
    return 0
  }),
})

/** A terminal shows no more; GET /v1/metrics has all. */
const MOST_ROWS = 1_000

function describeMetrics(metrics: readonly TaskMetrics[]): string {
  const table = formatTable([metricsHeader, ...metrics.slice(0, MOST_ROWS).map(describeCell)])
  const more = metrics.length - MOST_ROWS
  return more > 0 ? `${table}\nand ${more} more cells` : table
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

/** Exit code 0 only when every check passes. */
export const doctor = defineCommand({
  word: 'doctor',
  summary: 'examine everything a worker stands on; exit code 1 if something fails',
  operands: noOperands,
  run: onDatabase(
    async ({ config, pool }) => {
      const database = await checkDatabase(pool)
      const rest: Check[] = database.ok
        ? [
            await checkClock(pool, Date.now),
            await checkPgmq(pool),
            await checkSchema(pool),
            await checkPublisher(pool),
            await checkQueue(pool),
            await checkSnapshot(pool),
            await checkTicks(pool, config.aggregationIntervalMs),
            await checkCells(pool),
            await checkClientClocks(pool),
          ]
        : []
      const checks = [database, ...rest, await checkRedis(config.redisUrl)]
      for (const { name, ok, warns, detail } of checks) {
        const verdict = warns === true ? 'WARN' : 'ok  '
        print(`${ok ? verdict : 'FAIL'}  ${name.padEnd(9)} ${detail}`)
      }
      return checks.every(({ ok }) => ok) ? 0 : 1
    },
    { anySchema: true },
  ),
})

export const rebuildRollups = defineCommand({
  word: 'rebuild-rollups',
  synopsis: '[FIRST_DAY]',
  summary: 'sum the rollups again, after outcomes were changed by hand; FIRST_DAY as 2026-11-29',
  operands: z.object({ firstDay: z.iso.date('must be a day, as 2026-11-29').optional() }),
  run: onDatabase(async ({ pool }, { firstDay }: { firstDay?: string | undefined }) => {
    const rebuilt = await rebuildRollupsByDay(pool, firstDay, ({ day, place, days, differed }) => {
      printProgress(
        `${day} (${place} of ${days}): ${differed} rollups differed. To continue here, add ${day}.`,
      )
    })
    print(
      `${rebuilt} rollups differed from the outcomes and were corrected; the next tick shows them.`,
    )
    return 0
  }),
})

export const requeue = defineCommand({
  word: 'requeue',
  synopsis: 'REASON',
  summary: 'put all dead letters of this reason back into the queue',
  operands: z.object({ reason: z.string() }),
  run: onDatabase(async ({ pool }, { reason }) => {
    const requeued = await requeueRejected(pool, reason, (soFar) => {
      printProgress(`${soFar} so far`)
    })
    print(`${requeued} dead letters are back in the queue.`)
    return 0
  }),
})
