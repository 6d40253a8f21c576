// Measures how the rate of ingest depends on the number of stored outcomes and of consumers.
import pg from 'pg'
import type { BenchPostgres } from '../measuring/bench-postgres.ts'
import { interleave } from '../measuring/interleave.ts'
import type { Spread } from '../measuring/spread.ts'
import { countOutcomes, storeOutcomes } from './made-outcomes.ts'
import { stageBatches } from './staged-outcomes.ts'
import { ingestWithWinrate } from './winrate-contender.ts'

export interface GrowthOptions {
  readonly sizes: readonly number[]
  readonly outcomes: number
  readonly repeats: number
}

export interface GrowthStep {
  readonly stored: number
  /** Outcomes per second, by number of consumers. */
  readonly rates: Readonly<Record<string, Spread>>
}

const CONSUMERS = [1, 2, 4] as const

export async function runGrowth(
  { sizes, outcomes, repeats }: GrowthOptions,
  { connectionString, onEnd, signal }: BenchPostgres,
): Promise<readonly GrowthStep[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  onEnd(() => client.end())
  const steps: GrowthStep[] = []
  for (const size of sizes) {
    const missing = size - (await countOutcomes(client))
    if (missing > 0) await storeOutcomes({ connectionString, outcomes: missing, onEnd, signal })
    await client.query('vacuum analyze winrate.task_preferences')
    process.stderr.write(`${size} outcomes stored\n`)
    const contenders = CONSUMERS.map((consumers) => [
      `${consumers}`,
      async () => {
        // New outcomes each time, because stored ones stay.
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
    steps.push({ stored: size, rates })
  }
  return steps
}
