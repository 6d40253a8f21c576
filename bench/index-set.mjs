// How much each index set of task_preferences costs ingest: the lean set of the migrations against all
// the indexes of the original, interleaved, on an embedded Postgres with default settings.
//
//   npm run bench:indexes [-- --outcomes 50000 --repeats 3]
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startEmbeddedPostgres } from '@winrate/central-worker'
import pg from 'pg'
import { migrateDatabase } from '../packages/central-worker/dist/postgres/migrate.js'

const { values } = parseArgs({
  options: {
    outcomes: { type: 'string', default: '50000' },
    repeats: { type: 'string', default: '3' },
  },
})
const outcomes = Number(values.outcomes)
const repeats = Number(values.repeats)
const perBatch = 500

const originalOnly = {
  task_preferences_task_type_idx: '(task_type)',
  task_preferences_model_name_idx: '(model_name)',
  task_preferences_instance_id_idx: '(instance_id)',
  task_preferences_inserted_at_desc_idx: '(inserted_at desc)',
}

const dataDir = await mkdtemp(join(tmpdir(), 'winrate-bench-'))
const server = await startEmbeddedPostgres({ dataDir })
const client = new pg.Client({ connectionString: server.connectionString })
try {
  await migrateDatabase(server.connectionString)
  await client.connect()
  const rates = { lean: [], original: [] }
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    for (const set of ['lean', 'original']) {
      await prepare(set)
      rates[set].push(await measure())
    }
  }
  const { rows } = await client.query('show server_version')
  console.log(`Postgres ${rows[0].server_version}, Node ${process.version}, ${cpus().length} cores`)
  console.log(
    `${outcomes} outcomes in sealed batches of ${perBatch}, ${repeats} interleaved repeats`,
  )
  for (const [set, all] of Object.entries(rates)) {
    const sorted = all.toSorted((one, other) => one - other)
    const [least, median, most] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)]
    console.log(`${set.padEnd(9)} ${median} outcomes/s (${least}-${most})`)
  }
} finally {
  await client.end()
  await server.stop()
  await rm(dataDir, { recursive: true, force: true })
}

async function prepare(set) {
  await client.query(
    'truncate winrate.task_preferences, winrate.outcome_rollups, pgmq.q_task_preferences',
  )
  for (const [name, columns] of Object.entries(originalOnly)) {
    await client.query(`drop index if exists winrate.${name}`)
    if (set === 'original') {
      await client.query(`create index ${name} on winrate.task_preferences ${columns}`)
    }
  }
  await client.query(
    `
    insert into pgmq.q_task_preferences (vt, message)
    select now(), jsonb_build_object(
      'format', 1, 'batch_id', gen_random_uuid(), 'session_id', gen_random_uuid(), 'sdk', 'bench/1',
      'dropped', '{}'::jsonb, 'instance_id', 'instance-' || (batch % 20),
      'outcomes', (
        select jsonb_agg(jsonb_build_object(
          'outcome_id', overlay(overlay(
            gen_random_uuid()::text placing left(winrate.uuid_floor(clock_timestamp())::text, 13) from 1
          ) placing '7' from 15),
          'decision_id', gen_random_uuid(),
          'task_type', (array['coding', 'chat', 'planning', 'analysis', 'research'])[1 + (i + batch) % 5],
          'model_name', 'model-' || ((i * 7 + batch) % 20), 'provider', 'provider',
          'success', i % 3 > 0, 'response_quality', 0.5, 'response_time_ms', 1234, 'cost_usd', 0.01,
          'prompt_hash', repeat('ab', 32), 'prompt_length', 200, 'propensity', 0.9,
          'snapshot_version', 12, 'occurred_at', to_json(now())
        ))
        from generate_series(1, $2::int) as i
      )
    )
    from generate_series(1, $1::int) as batch`,
    [outcomes / perBatch, perBatch],
  )
  await client.query('vacuum analyze pgmq.q_task_preferences')
  await client.query('checkpoint')
}

/** Outcomes a second. */
async function measure() {
  const startedAt = performance.now()
  let stored = 0
  while (stored < outcomes) {
    const { rows } = await client.query(
      `select stored::int from winrate.ingest_messages(10, '30 days')`,
    )
    stored += rows[0].stored
  }
  return Math.round(outcomes / ((performance.now() - startedAt) / 1000))
}
