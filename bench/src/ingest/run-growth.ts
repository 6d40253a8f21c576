// How the rate of ingest goes with what is stored already, and with consumers.
import pg from 'pg'
import type { BenchPostgres } from '../measuring/bench-postgres.ts'
import { interleave } from '../measuring/interleave.ts'
import type { Spread } from '../measuring/spread.ts'
import { stageBatches } from './staged-outcomes.ts'
import { ingestWithWinrate } from './winrate-contender.ts'

export interface GrowthOptions {
  readonly sizes: readonly number[]
  readonly outcomes: number
  readonly repeats: number
}

export interface GrowthStep {
  readonly stored: number
  /** Outcomes a second, by number of consumers. */
  readonly rates: Readonly<Record<string, Spread>>
}

const CONSUMERS = [1, 2, 4] as const
const FILL_STEP = 500_000
const DAYS = 7

export async function runGrowth(
  { sizes, outcomes, repeats }: GrowthOptions,
  { connectionString, onEnd }: BenchPostgres,
): Promise<readonly GrowthStep[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  onEnd(() => client.end())
  const steps: GrowthStep[] = []
  let stored = 0
  for (const size of sizes) {
    for (; stored < size; stored += FILL_STEP) {
      await fill(client, Math.min(FILL_STEP, size - stored))
    }
    stored = size
    await client.query('vacuum analyze winrate.task_preferences')
    process.stderr.write(`${size} outcomes stored\n`)
    const contenders = CONSUMERS.map((consumers) => [
      `${consumers}`,
      async () => {
        // New ones each time: stored outcomes stay.
        const staged = await stageBatches(client, outcomes)
        return ingestWithWinrate({
          ...{ connectionString, client, consumers, onEnd, outcomes: staged, messages: 'sealed' },
        })
      },
    ])
    const rates = await interleave<string>(
      Object.fromEntries(contenders),
      repeats,
      (name, rate) => {
        process.stderr.write(`  ${name} consumers: ${Math.round(rate)} outcomes/s\n`)
      },
    )
    stored += outcomes * repeats * CONSUMERS.length
    steps.push({ stored: size, rates })
  }
  return steps
}

/** Adds outcomes of the last days, in the order in which they came. */
async function fill(client: pg.Client, rows: number): Promise<void> {
  await client.query(
    `insert into winrate.task_preferences (
      outcome_id, decision_id, task_type, model_name, provider, prompt_hash, prompt_length,
      response_quality, success, response_time_ms, cost_usd, instance_id, propensity, snapshot_version,
      occurred_at, inserted_at, counted
    )
    select
      overlay(overlay(random_id::text placing left(winrate.uuid_floor(at)::text, 13) from 1)
        placing '7' from 15)::uuid,
      random_id::text,
      (array['architecture', 'coding', 'refactoring', 'analysis', 'research', 'planning', 'chat'])[1 + n % 7],
      'model-of-a-usual-length-' || n % 20, 'provider-' || n % 4, repeat(md5(n::text), 2), n % 4000,
      0.5, n % 5 > 0, n % 20000, 0.01, 'agent-host-' || n % 20, 0.5, 1234, at, at, true
    from (
      select n, gen_random_uuid() as random_id,
        now() - make_interval(days => $2) + make_interval(days => $2) * (n::float8 / $1) as at
      from generate_series(1, $1::int) as n
    ) as made`,
    [rows, DAYS],
  )
}
