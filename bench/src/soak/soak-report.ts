import { renderTable } from '../measuring/table.ts'
import type { SoakAccount, SoakOptions, SoakResult } from './run-soak.ts'
import { type Trend, trendOf } from './trend.ts'
import type { SoakSample } from './watch-soak.ts'

/**
 * What must stay flat over the run after the warm-up: by how much it may change, or by which share of itself it may grow. That
 * connections become fewer would mean that clients do not come back.
 */
const watched: Readonly<
  Partial<
    Record<keyof SoakSample, { title: string; change: number } | { title: string; share: number }>
  >
> = {
  workerMiB: { title: 'memory of the worker, MiB', share: 0.05 },
  workerDescriptors: { title: 'descriptors of the worker', change: 5 },
  httpConnections: { title: 'connections over HTTP', change: 5 },
  postgresConnections: { title: 'connections to Postgres', change: 5 },
  queueLagS: { title: 'age of the oldest message, s', change: 1 },
  queueMessages: { title: 'messages in the queue', change: 10 },
  clientsMiB: { title: 'memory of the clients, MiB', share: 0.05 },
  clientsHeapMiB: { title: 'of it held by the clients, MiB', share: 0.05 },
  clientsDescriptors: { title: 'descriptors of the clients', change: 10 },
}

export interface SoakTrend extends Trend {
  readonly title: string
  readonly most: number
  readonly allowed: number
  readonly isFlat: boolean
}

export interface SoakVerdict {
  readonly trends: readonly SoakTrend[]
  readonly isFlat: boolean
  /** Outcomes that the queue took and that are nowhere, and those that no client counts. */
  readonly missing: number
  /** Cores that each part took after the warm-up; the clients over the whole run. */
  readonly cores: Readonly<Record<'worker' | 'postgres' | 'clients', number>>
}

/** A sixth of the run, at most ten minutes. */
function warmUpMs({ durationMs }: SoakOptions): number {
  return Math.min(durationMs / 6, 600_000)
}

/**
 * What a client dropped at its end may be stored all the same, where the answer did not come; what the queue took must be.
 */
function missingOf({ recorded, sent, dropped, stored, rejected }: SoakAccount): number {
  return recorded - sent - dropped + Math.max(0, sent - stored - rejected)
}

/** @throws Error where the run was too short for two samples after its warm-up. */
export function judgeSoak(options: SoakOptions, { samples, account }: SoakResult): SoakVerdict {
  const warm = samples.filter(({ atMs }) => atMs >= warmUpMs(options))
  const trends = Object.entries(watched).map(([name, rule]) => {
    const values = warm.map((sample) => ({
      atMs: sample.atMs,
      value: sample[name as keyof SoakSample],
    }))
    const trend = trendOf(values)
    const allowed = 'share' in rule ? rule.share * trend.first : rule.change
    const change = 'share' in rule ? trend.growth : Math.abs(trend.growth)
    const most = Math.max(...values.map(({ value }) => value))
    return { ...trend, title: rule.title, most, allowed, isFlat: change <= allowed }
  })
  const [first, last] = [warm[0], warm.at(-1)]
  if (first === undefined || last === undefined) throw new Error('nothing was measured')
  const seconds = (last.atMs - first.atMs) / 1_000
  return {
    trends,
    isFlat: trends.every(({ isFlat }) => isFlat),
    missing: missingOf(account),
    cores: {
      worker: (last.workerCpuS - first.workerCpuS) / seconds,
      postgres: (last.postgresCpuS - first.postgresCpuS) / seconds,
      clients: account.cpuSeconds / (options.durationMs / 1_000),
    },
  }
}

export function renderSoak(
  options: SoakOptions,
  { account }: SoakResult,
  { trends, isFlat, missing, cores }: SoakVerdict,
): string {
  const minutes = (ms: number) => String(Math.round(ms / 6_000) / 10)
  const trendTable = renderTable(
    [
      'after the warm-up',
      'at first',
      'at the end',
      'at most',
      'slope an hour',
      'may change by',
      '',
    ],
    trends.map(({ title, first, last, most, perHour, allowed, isFlat: flat }) => [
      title,
      ...[first, last, most, perHour, allowed].map((value) => value.toFixed(1)),
      flat ? 'flat' : 'NOT FLAT',
    ]),
  )
  const accountTable = renderTable(
    [
      isFlat && missing === 0
        ? 'flat, and every outcome is accounted for'
        : 'NOT FLAT, OR MISSING OUTCOMES',
      '',
    ],
    [
      [
        'minutes, of these warm-up',
        `${minutes(options.durationMs)}, ${minutes(warmUpMs(options))}`,
      ],
      ['outcomes a second', String(options.outcomesPerSecond)],
      ['clients at a time, lives in all', `${options.clients}, ${account.lives}`],
      ['recorded', String(account.recorded)],
      ['taken by the queue', String(account.sent)],
      ['stored', String(account.stored)],
      ['dead letters', String(account.rejected)],
      ['dropped and counted', String(account.dropped)],
      ['missing', String(missing)],
      ['cores: worker', cores.worker.toFixed(3)],
      ['cores: Postgres', cores.postgres.toFixed(3)],
      ['cores: clients', cores.clients.toFixed(3)],
    ],
  )
  return `${trendTable}\n${accountTable}`
}
