import type pg from 'pg'
import { CELLS, INSTANCES } from './tick-database.ts'

const OUTCOMES_A_BATCH = 500

/** Sends outcomes of this many cells, from `instances` instances each, and ingests them. */
export async function ingestInto(
  pool: pg.Pool,
  { cells, instances }: { cells: number; instances: number },
): Promise<void> {
  if (cells === 0) return
  const outcomes: number[] = []
  for (let at = 0; at < cells * instances; at += 1) outcomes.push(at % cells)
  await sendOutcomes(pool, outcomes)
  while ((await ingestOnce(pool)) > 0);
}

export interface IngestRate {
  readonly outcomesPerSecond: number
  readonly longestStatementMs: number
}

/** Measures how fast one consumer empties the queue while `beside` runs. */
export async function measureIngest(
  pool: pg.Pool,
  outcomes: number,
  beside: (isDone: () => boolean) => Promise<void>,
): Promise<IngestRate> {
  await sendOutcomes(
    pool,
    Array.from({ length: outcomes }, (_, at) => (at * 7) % CELLS),
  )
  let isDone = false
  let longestStatementMs = 0
  const besides = beside(() => isDone)
  const startedMs = performance.now()
  for (;;) {
    const statementMs = performance.now()
    const messages = await ingestOnce(pool)
    if (messages === 0) break
    longestStatementMs = Math.max(longestStatementMs, performance.now() - statementMs)
  }
  const tookMs = performance.now() - startedMs
  isDone = true
  await besides
  return { outcomesPerSecond: (outcomes / tookMs) * 1_000, longestStatementMs }
}

async function ingestOnce(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ messages: number }>(
    `select coalesce(sum(messages), 0)::float8 as messages
     from winrate.ingest_messages(4, interval '30 days')`,
  )
  return rows[0]?.messages ?? 0
}

async function sendOutcomes(pool: pg.Pool, cells: readonly number[]): Promise<void> {
  for (let from = 0; from < cells.length; from += OUTCOMES_A_BATCH) {
    const outcomes = cells.slice(from, from + OUTCOMES_A_BATCH).map((cell, at) => ({
      task_type: `task-${Math.floor(cell / 20)}`,
      model_name: `model-${cell % 20}`,
      provider: `provider-${cell % 4}`,
      success: (from + at) % 5 > 0,
      response_quality: 0.8,
      response_time_ms: 900,
      cost_usd: 0.01,
      instance_id: `instance-${(from + at + cell) % INSTANCES}`,
    }))
    await pool.query(`select pgmq.send('task_preferences', $1::jsonb)`, [
      JSON.stringify({ format: 1, instance_id: 'bench', outcomes }),
    ])
  }
}
