// What it takes to sum the contexts of stored outcomes, as one replica does once an hour.
import { performance } from 'node:perf_hooks'
import pg from 'pg'
import type { BenchPostgres } from '../measuring/bench-postgres.ts'
import { renderTable } from '../measuring/table.ts'

const REPEATS = 5

export async function runContexts(
  { contexts }: { readonly contexts: number },
  { connectionString, onEnd }: BenchPostgres,
) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  onEnd(() => client.end())
  await store(client, contexts)
  const milliseconds: number[] = []
  let rows = 0
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const begunMs = performance.now()
    const { rowCount } = await client.query(`select * from winrate.sum_contexts('7 days')`)
    milliseconds.push(Math.round(performance.now() - begunMs))
    rows = rowCount ?? 0
  }
  const [shortest = 0, , median = 0, , longest = 0] = milliseconds.sort((one, other) => one - other)
  const cells = [contexts, rows, shortest, median, longest].map(String)
  return {
    table: renderTable(['outcomes', 'sums', 'shortest ms', 'median ms', 'longest ms'], [cells]),
    figures: { outcomes: contexts, sums: rows, shortest, median, longest },
  }
}

/** Of six days, 40 instances, 4 task types, 5 models, and 3 labels with 13, 201 and 20,001 values. */
async function store(client: pg.Client, outcomes: number): Promise<void> {
  const entry = (label: string, values: number) =>
    `'${label}-' || lpad(to_hex((random() * ${values})::integer), 8, '0')`
  await client.query(
    `insert into winrate.task_preferences
       (outcome_id, task_type, model_name, provider, instance_id, success, counted, occurred_at, propensity, context)
     select winrate.message_outcome_id(at, place, 0), (array['coding', 'chat', 'analysis', 'research'])[place % 4 + 1],
       'model-' || place % 5, 'maker', 'agent-' || place % 40, random() < 0.7, true, at, 0.5,
       concat_ws(' ', ${entry('lang', 12)}, ${entry('team', 200)}, ${entry('user', 20_000)})
     from generate_series(1, $1::integer) as place,
       lateral (select now() - interval '6 days' * place / $1 as at) as decided`,
    [outcomes],
  )
  await client.query('vacuum analyze winrate.task_preferences')
}
