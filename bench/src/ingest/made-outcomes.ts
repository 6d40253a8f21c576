// Fills the table with older outcomes. The database generates them as fast as it can insert, so twenty million
// take minutes.
import pg from 'pg'

export interface MadeOutcomes {
  readonly connectionString: string
  readonly outcomes: number
  readonly onEnd: (step: () => Promise<void>) => void
  readonly signal: AbortSignal
}

const STEP = 250_000
const DAYS = 7
/** Each connection fills its own days, so that none waits for another at the end of an index. */
const CONNECTIONS = 2

/** Stores this many more outcomes, spread over the last days, in the order of time. */
export async function storeOutcomes(made: MadeOutcomes): Promise<void> {
  const steps = Math.ceil(made.outcomes / STEP)
  await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, connection) =>
      storeSteps(made, {
        first: Math.floor((steps * connection) / CONNECTIONS),
        end: Math.floor((steps * (connection + 1)) / CONNECTIONS),
      }),
    ),
  )
}

async function storeSteps(
  { connectionString, outcomes, onEnd, signal }: MadeOutcomes,
  { first, end }: { readonly first: number; readonly end: number },
): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  let ended = false
  const close = async () => {
    if (!ended) await client.end()
    ended = true
  }
  onEnd(close)
  for (let step = first; step < end && !signal.aborted; step += 1) {
    const from = step * STEP
    await client.query(insertOutcomes, [from, Math.min(from + STEP, outcomes), outcomes, DAYS])
  }
  await close()
}

/** The number of stored outcomes. */
export async function countOutcomes(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ outcomes: number }>(
    'select count(*)::float8 as outcomes from winrate.task_preferences',
  )
  return rows[0]?.outcomes ?? 0
}

const insertOutcomes = `
  insert into winrate.task_preferences (
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
      now() - make_interval(days => $4) * (1 - n::float8 / $3::int) as at
    from generate_series($1::int + 1, $2::int) as n
  ) as made`
