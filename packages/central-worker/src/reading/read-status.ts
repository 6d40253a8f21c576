import type { CheckFacts, MetricsBody, StatusBody } from '@winrate/shared-schema/http'
import { readBudgetFacts } from '../budget/budget.ts'
import type { Config } from '../config/config.ts'
import { readLimitsReached } from '../limits/read-limits.ts'
import { IDS_LISTED, readSharedIds } from '../notices/shared-ids.ts'
import { readDrawnOutcomes } from '../observability/drawn-outcomes.ts'
import { readQueueState } from '../postgres/pgmq.ts'
import { type Queryable, readDatabaseMs } from '../postgres/queryable.ts'
import { builtInPrices, builtInSource } from '../prices/built-in-prices.ts'
import { packageVersion } from '../runtime/package-version.ts'
import { readFleet } from '../snapshots/fleet.ts'
import { readHead } from '../snapshots/snapshot-store.ts'
import { readSplits } from '../splits/task-splits.ts'
import { readTickState } from '../tick/tick-state.ts'
import { countDeadLetters } from './read-dead-letters.ts'
import { countInstances } from './read-instances.ts'
import { readQuarantines } from './read-quarantines.ts'

/** What the status is put together of besides its own reads. */
export interface StatusParts {
  readonly checks: () => Promise<readonly CheckFacts[]>
  readonly ofWindow: () => Promise<WindowFacts>
}

/** What the whole window has to be summed up for. */
export type WindowFacts = Omit<MetricsBody, 'epoch' | 'version'> &
  Pick<StatusBody, 'drawn' | 'instances'>

export async function readWindowFacts(
  queryable: Queryable,
  windowDays: number,
  readMetrics: () => Promise<MetricsBody>,
): Promise<WindowFacts> {
  const { epoch: _epoch, version: _version, ...metrics } = await readMetrics()
  const drawn = await readDrawnOutcomes(queryable, windowDays)
  return { ...metrics, drawn, instances: await countInstances(queryable, windowDays) }
}

/**
 * What is served, what waits, whether all is well and by which settings, with the metrics that it is read with. One query
 * after another: a page asks every few seconds, and ingest needs connections, too.
 */
export async function readStatus(
  queryable: Queryable,
  config: Config,
  { checks, ofWindow }: StatusParts,
): Promise<StatusBody & Pick<MetricsBody, 'metrics'>> {
  const shared = await readSharedIds(queryable, IDS_LISTED)
  const splits = await readSplits(queryable)
  return {
    version: packageVersion,
    now: new Date(await readDatabaseMs(queryable)).toISOString(),
    fleet: (await readFleet(queryable)) ?? {},
    snapshot: await readHead(queryable),
    queue: await readQueueState(queryable),
    aggregationIntervalMs: config.aggregationIntervalMs,
    tick: await readTick(queryable),
    checks: [...(await checks())],
    deadLetters: await countDeadLetters(queryable),
    sharedIds: {
      found: shared.found,
      ids: shared.ids.map((id) => ({ ...id, since: id.since.toISOString() })),
    },
    splits: splits.map(({ since, ...split }) => ({ ...split, since: since.toISOString() })),
    quarantined: await sumQuarantines(queryable),
    ...(await readBudgetFacts(queryable)),
    limits: { project: config.limits, reached: await readLimitsReached(queryable) },
    policy: config.policy,
    settings: settingsOf(config),
    ...(await ofWindow()),
  }
}

async function readTick(queryable: Queryable): Promise<StatusBody['tick']> {
  const { lastAt, ageMs, tickedBy, failedAt, failures, failure } = await readTickState(queryable)
  return {
    lastAt: lastAt?.toISOString() ?? null,
    ageMs,
    tickedBy,
    failedAt: failedAt?.toISOString() ?? null,
    failures,
    failure: failures > 0 ? failure : null,
  }
}

async function sumQuarantines(queryable: Queryable): Promise<StatusBody['quarantined']> {
  const { quarantines, more } = await readQuarantines(queryable)
  const leftOut = quarantines.filter(({ cells }) => cells.length > 0)
  return {
    instances: leftOut.length,
    samples: leftOut.reduce((sum, { samples }) => sum + samples, 0),
    more: more !== undefined,
  }
}

function settingsOf(config: Config): StatusBody['settings'] {
  const { catalogue = [], feedback, defaults = {} } = config
  const [oldestPrice = null] = catalogue.flatMap(({ pricedAt }) => pricedAt ?? []).sort()
  return {
    retentionDays: config.retentionDays,
    confidence: config.confidence,
    qualityWeight: config.qualityWeight,
    maxCells: config.maxCells,
    baselineModel: config.baselineModel ?? null,
    feedbackDays: feedback.secrets.length > 0 ? feedback.days : null,
    catalogue: {
      own: catalogue.length,
      builtIn: builtInPrices.length,
      ...builtInSource,
      oldestPrice,
    },
    defaults: Object.keys(defaults).length,
  }
}
