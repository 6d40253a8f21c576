// The composition root of a run: Postgres → worker → instances → decisions → report.
import { startEmbeddedPostgres } from '@winrate/central-worker'
import pg from 'pg'
import { type Comparison, compareRouting } from './baselines/compare-routing.ts'
import { beginExperiment } from './fleet/begin-experiment.ts'
import type { Cleanups } from './fleet/cleanups.ts'
import { type InstanceProcess, startInstanceProcess } from './fleet/instance-process.ts'
import { postgresFolder, takeThrowawayFolder } from './fleet/throwaway-folder.ts'
import { createDuplicateCount } from './fleet/worker-figures.ts'
import { startWorkerProcess } from './fleet/worker-process.ts'
import type { ReplayResult } from './instance/instance-protocol.ts'
import type { DemoOptions } from './options.ts'
import { decisionRecords } from './replay/decision-record.ts'
import type { ReplayMaterial } from './replay/load-replay-material.ts'
import { replayDurationMs } from './replay/pacing.ts'
import { instanceSeed } from './replay/replay-order.ts'
import { buildReport, type DemoReport } from './report/demo-report.ts'
import { readOutcomeToSnapshotMs } from './report/read-stored-state.ts'
import type { Screen } from './report/screen.ts'
import { waitUntilSettled } from './report/wait-until-settled.ts'
import { createReplayWatch } from './report/watch-replay.ts'

export interface DemoRunInput {
  readonly options: DemoOptions
  readonly material: ReplayMaterial
  readonly screen: Screen
  /** Steps to run after the demo; the caller runs them. */
  readonly cleanups: Cleanups
  /** Aborted to end the run early. */
  readonly signal: AbortSignal
}

export interface DemoRun {
  readonly report: DemoReport
  readonly comparison: Comparison
  /** URL of the worker. */
  readonly url: string
}

/** Most of the bundled outcomes have it, so the experiment compares with it. */
const BASELINE = 'gpt-4o'

const SHORTEST_FLUSH_MS = 50
const LONGEST_FLUSH_MS = 1_000

/** Replays the material. Throws RunError if a required process is lost. */
export async function runDemo(input: DemoRunInput): Promise<DemoRun> {
  const { options, material, screen, cleanups, signal } = input
  const { intervalMs, policy, holdout } = options
  const connectionString = await startDatabase(input)
  const worker = startWorkerProcess({
    connectionString,
    intervalMs,
    policy,
    onRestart: ({ how }) => screen.say(`  the worker ended (${how}): restarting it`),
  })
  cleanups.add(() => worker.stop())
  const url = await worker.url
  signal.throwIfAborted()
  if (holdout > 0) await beginExperiment({ connectionString, share: holdout, baseline: BASELINE })
  screen.say(`  watch it fill: ${url}/ui/`, '')

  const pool = new pg.Pool({ connectionString, max: 2 })
  // An idle connection broke; the next query shows whether that matters.
  pool.on('error', () => {})
  cleanups.add(() => pool.end())
  const instances = startInstances(input, { connectionString, url })
  cleanups.add(async () => {
    await Promise.all(instances.map((instance) => instance.stop()))
  })
  await Promise.race([Promise.all(instances.map(({ ready }) => ready)), worker.failed])
  signal.throwIfAborted()

  const duplicates = createDuplicateCount()
  const { taskTypes, queriesPerInstance } = material
  const totalDecisions = queriesPerInstance * instances.length
  const watch = createReplayWatch({
    ...{ url, pool, instances, taskTypes, totalDecisions, duplicates, screen },
    nowMs: () => performance.now(),
  })
  cleanups.add(() => watch.stop())
  watch.start()
  for (const instance of instances) {
    instance.start({ kind: 'start', durationMs: replayDurationMs(intervalMs) })
  }
  const results = await Promise.race([
    Promise.all(instances.map(({ result }) => result)),
    worker.failed,
  ])
  const settled = waitUntilSettled({ pool, outcomes: totalDecisions, intervalMs, signal })
  const state = await Promise.race([settled, worker.failed])
  await watch.finish()

  sayDropped(screen, results)
  const comparison = compareRouting(material.queries, results.flatMap(decisionsOf))
  const outcomeToSnapshotMs = await readOutcomeToSnapshotMs(pool)
  const report = buildReport({
    ...{ comparison, results, state, outcomeToSnapshotMs },
    duplicates: duplicates.total(),
  })
  return { report, comparison, url }
}

/** Starts Postgres in a temporary folder; both are removed after the run. */
async function startDatabase({ screen, cleanups, signal }: DemoRunInput): Promise<string> {
  const folder = await takeThrowawayFolder(cleanups, screen.say)
  signal.throwIfAborted()
  const starting = startEmbeddedPostgres({ dataDir: postgresFolder(folder.path) })
  // Postgres may still be starting when the run ends.
  cleanups.add(() =>
    starting.then(
      (postgres) => postgres.stop(),
      () => {},
    ),
  )
  const { connectionString } = await starting
  signal.throwIfAborted()
  return connectionString
}

function startInstances(
  { options, material }: DemoRunInput,
  { connectionString, url }: { connectionString: string; url: string },
): InstanceProcess[] {
  const { instances, seed, limit, intervalMs } = options
  const flushIntervalMs = Math.min(
    LONGEST_FLUSH_MS,
    Math.max(SHORTEST_FLUSH_MS, Math.round(intervalMs / 4)),
  )
  return Array.from({ length: instances }, (_, at) =>
    startInstanceProcess({
      kind: 'job',
      instance: at + 1,
      instanceId: `demo-${at + 1}`,
      seed: instanceSeed(seed, at + 1),
      limit,
      workerUrl: url,
      connectionString,
      flushIntervalMs,
      queries: material.queries,
    }),
  )
}

/** Reports why outcomes that a router could not send are missing from the database. */
function sayDropped(screen: Screen, results: readonly ReplayResult[]): void {
  for (const [at, { dropped }] of results.entries()) {
    const reasons = Object.entries(dropped).filter(([, count]) => count > 0)
    if (reasons.length === 0) continue
    const text = reasons.map(([reason, count]) => `${count} ${reason}`).join(', ')
    screen.say(`  instance ${at + 1} dropped outcomes: ${text}`)
  }
}

function decisionsOf({ queries, candidates, heldOut }: ReplayResult) {
  return decisionRecords(queries, candidates, heldOut)
}
