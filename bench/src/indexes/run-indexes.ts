import pg from 'pg'
import { emptyTables } from '../ingest/empty-tables.ts'
import { stageBatches } from '../ingest/staged-outcomes.ts'
import { ingestWithWinrate } from '../ingest/winrate-contender.ts'
import type { BenchPostgres } from '../measuring/bench-postgres.ts'
import { interleave } from '../measuring/interleave.ts'
import type { Spread } from '../measuring/spread.ts'

/** Outcomes per second, by index set. */
export type IndexRates = Readonly<Record<'lean' | 'original', Spread>>

/** The indexes that the original table has in addition to those of the migrations. */
const ORIGINAL_ONLY = {
  task_preferences_task_type_idx: '(task_type)',
  task_preferences_model_name_idx: '(model_name)',
  task_preferences_instance_id_idx: '(instance_id)',
  task_preferences_inserted_at_desc_idx: '(inserted_at desc)',
}

export async function runIndexes(
  options: { readonly outcomes: number; readonly repeats: number },
  { connectionString, onEnd }: BenchPostgres,
): Promise<IndexRates> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  onEnd(() => client.end())
  const outcomes = await stageBatches(client, options.outcomes)
  const ingestWith = (set: keyof IndexRates) => async () => {
    await emptyTables(client)
    await useIndexes(client, set)
    return ingestWithWinrate({
      ...{ connectionString, client, outcomes, consumers: 1, messages: 'sealed', onEnd },
    })
  }
  const contenders = { lean: ingestWith('lean'), original: ingestWith('original') }
  return interleave(contenders, options.repeats, (name, rate) => {
    process.stderr.write(`${name}: ${Math.round(rate)} outcomes/s\n`)
  })
}

async function useIndexes(client: pg.Client, set: keyof IndexRates): Promise<void> {
  for (const [name, columns] of Object.entries(ORIGINAL_ONLY)) {
    await client.query(`drop index if exists winrate.${name}`)
    if (set === 'original') {
      await client.query(`create index ${name} on winrate.task_preferences ${columns}`)
    }
  }
}
