// Stages the outcomes of one benchmark for every contender: as sealed batches in the database, and as files
// for COPY and for the peers.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { scratchParent } from '@winrate/demo/fleet/scratch-parent'
import type pg from 'pg'
import { exampleBatches, OUTCOMES_A_BATCH } from './example-batches.ts'

/** The largest number of connections with which COPY is measured. */
export const COPY_PARTS = 2

export interface StagedOutcomes {
  readonly outcomes: number
  /** One sealed batch per line. */
  readonly batchesFile: string
  /** A file for COPY with all rows. */
  readonly wholeFile: string
  /** The same rows in one file per connection. */
  readonly rowsFiles: readonly string[]
}

/** Makes a folder that the server may write to; it is removed when the benchmark ends. */
export async function makeFolder(onEnd: (step: () => Promise<void>) => void): Promise<string> {
  const folder = await mkdtemp(join(await scratchParent(), 'winrate-bench-ingest-'))
  onEnd(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o777)
  return folder
}

/** Replaces the content of bench.batches with sealed batches of equal length. */
export async function stageBatches(client: pg.Client, outcomes: number): Promise<number> {
  await client.query(`
    create schema if not exists bench;
    create unlogged table if not exists bench.batches (message jsonb not null);
    -- Compressed values would be copied into the queue as they are, although the queue compresses what clients send.
    alter table bench.batches alter column message set storage external;
    truncate bench.batches`)
  let staged = 0
  for (const text of exampleBatches(outcomes)) {
    await client.query('insert into bench.batches values ($1::jsonb)', [text])
    staged += OUTCOMES_A_BATCH
  }
  await client.query('vacuum analyze bench.batches')
  return staged
}

/** Also writes into files what stageBatches left in the database. */
export async function stageFiles(
  client: pg.Client,
  folder: string,
  outcomes: number,
): Promise<StagedOutcomes> {
  const { rows } = await client.query<{ message: string }>(
    'select message::text as message from bench.batches',
  )
  const batchesFile = join(folder, `batches-${outcomes}`)
  await writeFile(batchesFile, rows.map(({ message }) => `${message}\n`).join(''))
  const wholeFile = join(folder, `rows-${outcomes}`)
  await client.query(copyRowsTo(wholeFile, 'true'))
  const rowsFiles = Array.from({ length: COPY_PARTS }, (_, part) => `${wholeFile}-${part}`)
  for (const [part, file] of rowsFiles.entries()) {
    await client.query(copyRowsTo(file, `place % ${COPY_PARTS} = ${part}`))
  }
  return { outcomes: rows.length * OUTCOMES_A_BATCH, batchesFile, wholeFile, rowsFiles }
}

/** What the outcomes of these batches say; the other columns are empty. */
const SAID = `outcome_id, decision_id, task_type, model_name, provider, thinking_level, prompt, prompt_hash, prompt_length,
  response_quality, success, response_time_ms, cost_usd, instance_id, feedback_text, failure, corrects, propensity,
  snapshot_version, occurred_at, answered_by, session`
/** The columns of the files. */
export const FILE_COLUMNS = `${SAID}, inserted_at, counted`

function copyRowsTo(file: string, condition: string): string {
  return `
    copy (
      select ${SAID}, now(), true
      from (
        select message, row_number() over (order by message ->> 'sealed_at') as place
        from bench.batches
      ) as batch
      cross join jsonb_populate_recordset(null::winrate.task_preferences, message -> 'outcomes')
      where ${condition}
      order by place
    ) to '${file}'`
}
