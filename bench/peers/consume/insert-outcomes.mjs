// Stores outcomes with one statement, as users of the peers do for speed.
const types = {
  outcome_id: 'uuid',
  decision_id: 'text',
  task_type: 'text',
  model_name: 'text',
  provider: 'text',
  prompt_hash: 'text',
  prompt_length: 'integer',
  response_quality: 'float8',
  success: 'boolean',
  response_time_ms: 'float8',
  cost_usd: 'float8',
  instance_id: 'text',
  propensity: 'float8',
  snapshot_version: 'bigint',
  occurred_at: 'timestamptz',
}
const columns = Object.keys(types)
const text = `
  insert into bench.outcomes (${columns.join(', ')})
  select * from unnest(${Object.values(types)
    .map((type, at) => `$${at + 1}::${type}[]`)
    .join(', ')})
  on conflict (outcome_id) do nothing`

export async function insertOutcomes(pool, outcomes) {
  const values = columns.map((name) => outcomes.map((outcome) => outcome[name]))
  await pool.query({ name: 'insert-outcomes', text, values })
}
