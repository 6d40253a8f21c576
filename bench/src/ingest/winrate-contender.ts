// Winrate's worker, as operators run it, on a queue that was filled before. Everything is on, and the
// increments are folded into the rollups before the clock stops.
import { setTimeout as sleep } from 'node:timers/promises'
import { endProcess } from '@winrate/demo/fleet/end-process'
import { spawnWorker } from '@winrate/demo/fleet/spawn-worker'
import type pg from 'pg'

export interface WinrateRun {
  readonly connectionString: string
  readonly client: pg.Client
  readonly outcomes: number
  readonly consumers: number
  readonly messages: 'sealed' | 'single'
  readonly onEnd: (step: () => Promise<void>) => void
}

const POLL_MS = 10
const STOP_TIMEOUT_MS = 20_000

/** Outcomes per second. */
export async function ingestWithWinrate(run: WinrateRun): Promise<number> {
  const { client, connectionString, consumers, outcomes, onEnd } = run
  const before = await countStored(client)
  const worker = spawnWorker({
    DATABASE_URL: connectionString,
    WINRATE_PORT: 0,
    WINRATE_INGEST_CONSUMERS: consumers,
    // No tick disturbs the consumers.
    WINRATE_AGGREGATION_INTERVAL_MS: 86_400_000,
  })
  const stop = () => endProcess(worker.child, { signal: 'SIGTERM', timeoutMs: STOP_TIMEOUT_MS })
  onEnd(stop)
  await worker.url
  // While this connection holds the lock exclusively, the consumers wait: until the queue is full.
  await client.query(`select pg_advisory_lock(hashtext('winrate.corrections'))`)
  // Before the queue is filled, as with the peers: on a busy server, messages come and go between two
  // checkpoints, so their pages are not all written whole into the log.
  await client.query('checkpoint')
  await fillQueue(client, run.messages)
  await client.query('vacuum analyze pgmq.q_task_preferences')
  const startedMs = performance.now()
  await client.query(`select pg_advisory_unlock(hashtext('winrate.corrections'))`)
  while (await isWaiting(client)) await sleep(POLL_MS)
  await client.query('select from winrate.fold_increments()')
  const seconds = (performance.now() - startedMs) / 1_000
  await stop()
  const stored = (await countStored(client)) - before
  if (stored !== outcomes) throw new Error(`winrate stored ${stored} of ${outcomes} outcomes`)
  return outcomes / seconds
}

async function fillQueue(client: pg.Client, messages: 'sealed' | 'single'): Promise<void> {
  await client.query('truncate pgmq.q_task_preferences')
  await client.query(
    messages === 'sealed'
      ? `insert into pgmq.q_task_preferences (vt, message)
         select now(), message from bench.batches order by message ->> 'sealed_at'`
      : `insert into pgmq.q_task_preferences (vt, message)
         select now(), outcome
         from bench.batches, jsonb_array_elements(message -> 'outcomes') as outcome
         order by outcome ->> 'outcome_id'`,
  )
}

async function isWaiting(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ waiting: boolean }>({
    name: 'is-waiting',
    text: 'select exists (select from pgmq.q_task_preferences) as waiting',
  })
  return rows[0]?.waiting ?? false
}

async function countStored(client: pg.Client): Promise<number> {
  // Reads the rollups, which count what is stored and stay small.
  const { rows } = await client.query<{ stored: number }>(
    'select coalesce(sum(samples + transport_failures), 0)::float8 as stored from winrate.outcome_rollups',
  )
  return rows[0]?.stored ?? 0
}
