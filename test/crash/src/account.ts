// Compares what the producers know with what the database holds, outcome by outcome. It recounts everything
// itself and calls none of Winrate's functions.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type pg from 'pg'

/** The ledger of a producer. */
export interface LedgerFile {
  readonly producer: string
  readonly file: string
}

const ROWS_PER_INSERT = 20_000

export async function loadLedgers(pool: pg.Pool, ledgers: readonly LedgerFile[]): Promise<void> {
  await pool.query(
    'create unlogged table public.crash_ledger (producer text, id uuid, fate text, attempts integer)',
  )
  for (const { producer, file } of ledgers) {
    let lines: string[] = []
    const insert = async () => {
      await pool.query(
        `insert into public.crash_ledger
         select $1, part[1]::uuid, part[2], part[3]::integer
         from (select string_to_array(unnest($2::text[]), ' ')) as line (part)`,
        [producer, lines],
      )
      lines = []
    }
    for await (const line of createInterface({ input: createReadStream(file) })) {
      lines.push(line)
      if (lines.length === ROWS_PER_INSERT) await insert()
    }
    await insert()
  }
  // A killed client first writes that an outcome was recorded, and then that it was acknowledged.
  await pool.query(`
    create unlogged table public.crash_expected as
    select
      id, min(producer) as producer, max(attempts) as attempts,
      case when bool_or(fate = 'stored') then 'stored' else min(fate) end as fate,
      count(distinct fate) > 1 + bool_or(fate = 'unknown')::integer as is_twofold
    from public.crash_ledger
    group by id`)
  await pool.query(`
    create unlogged table public.crash_found as
    select id, count(*) filter (where is_stored) as stored, count(*) filter (where not is_stored) as rejected
    from (
      select
        true as is_stored,
        case when feedback_text like 'crash:%' then substr(feedback_text, 7)::uuid else outcome_id end as id,
        feedback_text like 'crash:%' as is_marked
      from winrate.task_preferences
      union all
      select false, mark[1]::uuid, true
      from winrate.rejected_outcomes
      cross join lateral regexp_matches(payload::text, 'crash:([0-9a-f-]{36})', 'g') as mark
      where reason <> ''
    ) as found
    group by id`)
  await pool.query('analyze public.crash_expected, public.crash_found')
}

export interface Totals {
  readonly producer: string
  readonly fate: string
  readonly outcomes: number
  readonly stored: number
  readonly rejected: number
}

export async function readTotals(pool: pg.Pool): Promise<readonly Totals[]> {
  const { rows } = await pool.query<Totals>(`
    select
      producer, fate, count(*)::int as outcomes, coalesce(sum(stored), 0)::int as stored,
      coalesce(sum(rejected), 0)::int as rejected
    from public.crash_expected left join public.crash_found using (id)
    group by producer, fate
    order by producer, fate`)
  return rows
}

/** Each row that such a query returns is a difference. */
const checks: Readonly<Record<string, string>> = {
  'outcomes with another fate than their producer knows': `
    select
      coalesce(producer, 'nobody') as producer, coalesce(fate, 'never made') as expected, id,
      coalesce(stored, 0) as stored, coalesce(rejected, 0) as rejected
    from public.crash_expected full join public.crash_found using (id)
    where is_twofold or not coalesce(
      case fate
        when 'stored' then coalesce(stored, 0) between 1 and attempts and coalesce(rejected, 0) = 0
        when 'rejected' then coalesce(stored, 0) = 0 and coalesce(rejected, 0) between 1 and attempts
        when 'unknown' then coalesce(stored, 0) <= 1 and coalesce(rejected, 0) = 0
        when 'dropped' then coalesce(stored, 0) = 0 and coalesce(rejected, 0) = 0
        when 'refused' then coalesce(stored, 0) = 0 and coalesce(rejected, 0) = 0
      end, false)`,
  'outcomes stored twice under one id': `
    select outcome_id, count(*) from winrate.task_preferences group by outcome_id having count(*) > 1`,
  'dead letters whose reason blames the message for a failure of the database': `
    select reason, count(*) from winrate.rejected_outcomes where reason like 'statement_failed%' group by reason`,
  'messages left in the queue': 'select msg_id, read_ct, vt from pgmq.q_task_preferences',
  'corrections that are not applied': `
    select * from winrate.outcome_corrections where applied_at is null`,
  'outcomes that count and should not, or the reverse': `
    with newest_correction as (
      -- Also of one that was said before what is stored, and so corrects nothing itself.
      select distinct on (corrected_id) corrected_id as corrects, outcome_id
      from winrate.outcome_corrections
      order by corrected_id, outcome_id desc
    )
    select outcome.outcome_id, outcome.counted
    from winrate.task_preferences as outcome
    left join newest_correction as own on own.corrects = outcome.outcome_id
    left join newest_correction as rival on rival.corrects = outcome.corrects
    where outcome.counted
      <> (own.corrects is null and (outcome.corrects is null or rival.outcome_id = outcome.outcome_id))`,
  'rollups that differ from a recount': `
    with recount as (
      select
        date_trunc('hour', occurred_at) as hour, task_type, model_name, provider,
        coalesce(thinking_level, '') as thinking_level, instance_id,
        count(*) filter (where is_sample) as samples,
        count(*) filter (where is_sample and success) as successes,
        count(*) filter (where not is_sample) as transport_failures,
        coalesce(sum(response_quality) filter (where is_sample), 0) as quality_sum,
        count(response_quality) filter (where is_sample) as quality_count,
        coalesce(sum(response_time_ms) filter (where is_sample), 0) as response_time_sum_ms,
        count(response_time_ms) filter (where is_sample) as response_time_count,
        coalesce(sum(cost_usd) filter (where is_sample), 0) as cost_sum_usd,
        count(cost_usd) filter (where is_sample) as cost_count
      from (select *, winrate.is_sample(failure, failure_kind) as is_sample from winrate.task_preferences) as outcome
      where counted
      group by 1, 2, 3, 4, 5, 6
    )
    select *
    from (
      select * from winrate.outcome_rollups
      -- A rollup whose outcomes were all corrected stays, with sums of nothing.
      where samples <> 0 or transport_failures <> 0
    ) as rollup
    full join recount using (hour, task_type, model_name, provider, thinking_level, instance_id)
    where rollup.samples is distinct from recount.samples
      or rollup.successes is distinct from recount.successes
      or rollup.transport_failures is distinct from recount.transport_failures
      or rollup.quality_count is distinct from recount.quality_count
      or rollup.response_time_count is distinct from recount.response_time_count
      or rollup.cost_count is distinct from recount.cost_count
      -- Sums of doubles depend on their order.
      or abs(rollup.quality_sum - recount.quality_sum) > 1e-6 * (1 + recount.quality_sum)
      or abs(rollup.response_time_sum_ms - recount.response_time_sum_ms) > 1e-6 * (1 + recount.response_time_sum_ms)
      or abs(rollup.cost_sum_usd - recount.cost_sum_usd) > 1e-6 * (1 + recount.cost_sum_usd)`,
  'increments that no rollup contains yet': 'select * from winrate.rollup_increments',
  'gaps in the versions of an epoch': `
    select *
    from (
      select epoch, version, version - lag(version) over (partition by epoch order by version) as step
      from winrate.snapshots
    ) as steps
    where step <> 1`,
  'heads that are not the newest version of their epoch': `
    select epoch, version from winrate.snapshot_head as head
    where version <> (select max(version) from winrate.snapshots as snapshot where snapshot.epoch = head.epoch)`,
  'epochs beside the one that all snapshots should be of': `
    select epoch from winrate.snapshots where epoch <> (select epoch from winrate.snapshot_head) group by epoch`,
}

/** What differs, in words, with the first rows of each difference. */
export async function findDifferences(pool: pg.Pool, blanks: number): Promise<readonly string[]> {
  const differences: string[] = []
  for (const [title, query] of Object.entries(checks)) {
    const { rows } = await pool.query(query)
    if (rows.length === 0) continue
    const first = rows.slice(0, 5).map((row) => `  ${JSON.stringify(row)}`)
    differences.push([`${rows.length} ${title}:`, ...first].join('\n'))
  }
  const { rows } = await pool.query<{ count: number }>(`
    select count(*)::int as count from winrate.rejected_outcomes
    where payload::text not like '%crash:%' and reason <> ''`)
  const count = rows[0]?.count ?? 0
  if (count !== blanks) {
    differences.push(`${count} dead letters have no mark, but ${blanks} such messages were sent`)
  }
  return differences
}
