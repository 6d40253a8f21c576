import { setTimeout as sleep } from 'node:timers/promises'
import type { MetricsBody } from '@winrate/shared-schema/http'
import type pg from 'pg'
import type { InstanceProcess } from '../fleet/instance-process.ts'
import { type DuplicateCount, readWorkerMetrics } from '../fleet/worker-figures.ts'
import { liveTasks } from './live-state.ts'
import { readStoredState } from './read-stored-state.ts'
import type { Screen } from './screen.ts'

export interface ReplayWatchOptions {
  /** URL of the worker. */
  readonly url: string
  readonly pool: pg.Pool
  readonly instances: readonly Pick<InstanceProcess, 'decisions'>[]
  readonly taskTypes: readonly string[]
  readonly totalDecisions: number
  readonly duplicates: DuplicateCount
  readonly screen: Screen
  readonly nowMs: () => number
}

/** Keeps the screen and the count of duplicates up to date while the replay runs. */
export interface ReplayWatch {
  start(): void
  /** Stops after a last look, and keeps the final state on the screen. */
  finish(): Promise<void>
  /** Stops and keeps what the screen shows. */
  stop(): Promise<void>
}

const INTERVAL_MS = 500

export function createReplayWatch(options: ReplayWatchOptions): ReplayWatch {
  const { url, pool, instances, taskTypes, totalDecisions, duplicates, screen, nowMs } = options
  const stopping = new AbortController()
  const startMs = nowMs()
  let metrics: MetricsBody['metrics'] = []
  let running: Promise<void> | undefined

  async function look(): Promise<void> {
    const [state, body] = await Promise.all([
      readStoredState(pool),
      readWorkerMetrics(url),
      duplicates.observe(url),
    ])
    // A worker that is being restarted does not answer; its last answer stays valid.
    metrics = body?.metrics ?? metrics
    screen.show({
      decisions: instances.reduce((sum, { decisions }) => sum + decisions, 0),
      totalDecisions,
      elapsedMs: nowMs() - startMs,
      stored: state.stored,
      queued: state.queued,
      snapshot: state.snapshots,
      tasks: liveTasks(taskTypes, metrics),
    })
  }

  async function keepLooking(): Promise<void> {
    const { signal } = stopping
    while (!signal.aborted) {
      await look()
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => {})
    }
  }

  return {
    start() {
      // Only the display depends on this, so a failure ends the watch and not the run.
      running ??= keepLooking().catch(() => {})
    },
    async finish() {
      stopping.abort()
      await running
      await look().catch(() => {})
      screen.settle()
    },
    async stop() {
      stopping.abort()
      await running
      screen.settle()
    },
  }
}
