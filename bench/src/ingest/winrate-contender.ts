// Winrate's worker, as operators run it, on a queue that was filled before: everything on, and what it
// appended for the rollups folded into them before the clock stops.
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { startWorkerConsumers } from './worker-consumers.ts'

export interface WinrateRun {
  readonly connectionString: string
  readonly client: pg.Client
  readonly outcomes: number
  readonly consumers: number
  readonly messages: 'sealed' | 'single'
  readonly onEnd: (step: () => Promise<void>) => void
}

const POLL_MS = 10

/** Outcomes a second. */
export async function ingestWithWinrate(run: WinrateRun): Promise<number> {
  const { client, connectionString, consumers, outcomes, onEnd } = run
  const before = await countStored(client)
  const worker = await startWorkerConsumers(connectionString, consumers)
  onEnd(() => worker.stop())
  // Consumers wait for whoever holds this lock alone: until the queue is full.
  await client.query(`select pg_advisory_lock(hashtext('winrate.corrections'))`)
  // Before the queue is filled, as with the peers: between two checkpoints of a server at work, messages
  // come and go, and their pages are not written whole into the log for each.
  await client.query('checkpoint')
  await fillQueue(client, run.messages)
  await client.query('vacuum analyze pgmq.q_task_preferences')
  const startedMs = performance.now()
  await client.query(`select pg_advisory_unlock(hashtext('winrate.corrections'))`)
  while (await isWaiting(client)) await sleep(POLL_MS)
  await client.query('select from winrate.fold_increments()')
  const seconds = (performance.now() - startedMs) / 1_000
  await worker.stop()
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
  // The rollups count what is stored, and are small however much that is.
  const { rows } = await client.query<{ stored: number }>(
    'select coalesce(sum(samples + transport_failures), 0)::float8 as stored from winrate.outcome_rollups',
  )
  return rows[0]?.stored ?? 0
}
