// Judges, every ten minutes, of which models outcomes are missing and of which the answers have more or fewer verdicts, and
// keeps the results in tables: replicas agree, and what shows them reads no more than that.
import { type CellName, cellKey } from '@winrate/shared-schema/contracts'
import type pg from 'pg'
import { noteEvents } from '../events/note-events.ts'
import { inTransaction, type Queryable } from '../postgres/queryable.ts'
import type { ModelNaming } from '../window/create-naming.ts'
import {
  type DecidedBlock,
  type DrawnBlock,
  findMissing,
  findUnequalVerdicts,
  type MissingOutcomes,
  type UnequalVerdicts,
} from './find-missing.ts'
import { missingEvents } from './missing-events.ts'
import { readUnequalVerdicts } from './read-verdicts.ts'
import {
  type Changes,
  MISSING_OUTCOMES,
  storeDifferences,
  UNEQUAL_VERDICTS,
} from './store-differences.ts'

export interface MissingSince extends MissingOutcomes {
  readonly since: Date
}

/** What has changed since the last judgement. */
export interface MissingChanges extends Changes<MissingOutcomes> {
  readonly verdicts: Changes<UnequalVerdicts>
}

const PERIOD_HOURS = 6
/** What clients say they decided is kept for a day more. */
const MOST_DAYS = 8
/** Clients may invent any number of instances and names. */
const MOST_BLOCKS = 200_000

interface Judging {
  readonly windowDays: number
  readonly nameOf: ModelNaming
  /** The worker that judges. */
  readonly by?: string | undefined
}

/** Undefined where a replica has judged within ten minutes. */
export async function judgeMissing(
  pool: pg.Pool,
  { windowDays, nameOf, by }: Judging,
): Promise<MissingChanges | undefined> {
  return inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `update winrate.tick_state set missing_judged_at = now()
       where (missing_judged_at between now() - interval '9 minutes' and now()) is not true`,
    )
    if (rowCount === 0) return undefined
    const days = Math.min(MOST_DAYS, Math.ceil(windowDays))
    const named = <Of extends CellName>(block: Of): Of => ({ ...block, ...nameOf(block) })
    const decided = await readDecided(client, days)
    const drawn = await readDrawn(client, days)
    const known = new Set((await readMissing(client)).map(cellKey))
    const missing = findMissing(decided.map(named), drawn.map(named), known)
    const answers = await readAnswers(client, days)
    const knownVerdicts = new Set((await readUnequalVerdicts(client)).map(cellKey))
    const unequal = findUnequalVerdicts(answers.map(named), knownVerdicts)
    const changes = {
      ...(await storeDifferences(client, MISSING_OUTCOMES, missing)),
      verdicts: await storeDifferences(client, UNEQUAL_VERDICTS, unequal),
    }
    await noteEvents(client, missingEvents(changes, by))
    return changes
  })
}

/** The clearest first. */
export async function readMissing(queryable: Queryable): Promise<readonly MissingSince[]> {
  const { rows } = await queryable.query<MissingSince>({
    name: 'read-missing',
    text: `
      select task_type as "taskType", model_name as "modelName", provider, thinking_level as "thinkingLevel",
        reported_share as "reportedShare", z, failures_per_outcome as "failuresPerOutcome",
        least_failures as "leastFailures", instances, since
      from winrate.missing_outcomes
      order by z desc, task_type, model_name, provider, thinking_level`,
  })
  return rows
}

/** An instance that a quarantine leaves out in any cell of a task type is no evidence there, whatever names it uses. */
const NOT_QUARANTINED = `
  instance_id not in (select instance_id from winrate.instance_verdicts where verdict = 'quarantined')
  and (instance_id, task_type) not in (select instance_id, task_type from winrate.instance_quarantines)`

/** The task type that clients know their decisions by, also of what later attempts are learned at. */
const ASKED = `split_part(task_type, '/@after-', 1) as task_type`

const DELAYS = `delays as (
       select task_type, max(hours) as hours from winrate.reporting_delays group by task_type
     )`

/** Whether they are known for a day. What a client states of its times may be invented, so the database's clock says. */
const INSTANCES = `instances as (
       select instance_id, min(first_seen_at) > now() - interval '1 day' as is_new
       from winrate.instance_sessions group by instance_id
     )`

/** Where outcomes take long, that those of an hour have arrived. */
const ARRIVED =
  "(coalesce(delays.hours, 0) < 0.75 or hour < now() - interval '1 hour' * (1 + delays.hours))"

/** The newest first. What an instance did in a period is compared as a whole, so it is read as a whole or not at all. */
const WITH_PLACES =
  'select *, count(*) over (order by period desc, instance_id) as place from blocks'

/**
 * A client counts a decision once it has an outcome, or for an hour has none. Where outcomes take longer, decisions that are
 * younger than 95 of 100 outcomes are when they arrive are not missing yet. An instance of which no outcome is stored
 * shows no difference between models, and may be invented. Any outcome that names a decision answers it, so all of its
 * outcomes bear out what it tells.
 */
async function readDecided(queryable: Queryable, days: number): Promise<DecidedBlock[]> {
  const { rows } = await queryable.query<DecidedBlock>(
    `with ${DELAYS},
     reporting as (
       select instance_id, ${ASKED}, sum(samples + transport_failures + unjudged)::float8 as outcomes
       from winrate.outcome_rollups
       where hour > now() - make_interval(days => $1) and ${NOT_QUARANTINED}
       group by 1, 2
       having sum(samples + transport_failures + unjudged) > 0
     ),
     ${INSTANCES},
     blocks as (
       select task_type, model_name, provider, thinking_level, instance_id,
         floor(extract(epoch from hour) / 3600 / $2)::int as period,
         sum(decided)::float8 as decided, sum(answered)::float8 as answered,
         min(outcomes) as reported, coalesce(bool_or(is_new), true) as is_new
       from winrate.decided_hours
       join reporting using (instance_id, task_type)
       left join instances using (instance_id)
       left join delays using (task_type)
       where hour > now() - make_interval(days => $1)
         and ${ARRIVED}
       group by 1, 2, 3, 4, 5, 6
     )
     select task_type as "taskType", model_name as "modelName", provider, thinking_level as "thinkingLevel",
       instance_id as "instanceId", period, decided, answered, reported, is_new as "isNew"
     from (${WITH_PLACES}) as placed
     where place <= $3
     order by period desc, 1, 2, 3, 4, 5`,
    [days, PERIOD_HOURS, MOST_BLOCKS],
  )
  return rows
}

async function readDrawn(queryable: Queryable, days: number): Promise<DrawnBlock[]> {
  const { rows } = await queryable.query<DrawnBlock>(
    `with ${DELAYS},
     blocks as (
       select task_type, model_name, provider, thinking_level, instance_id,
         floor(extract(epoch from hour) / 3600 / $2)::int as period,
         sum(draw_weight_sum)::float8 as weight, sum(draw_weight_square_sum)::float8 as weight_square,
         sum(drawn_samples)::float8 as draws
       from winrate.outcome_rollups
       left join delays using (task_type)
       where hour > now() - make_interval(days => $1) and draw_weight_sum > 0
         and hour < now() - interval '1 hour' * (2 + coalesce(delays.hours, 0))
         -- Which models a later attempt is drawn from depends on what failed before.
         and task_type not like '%/@after-%'
         and ${NOT_QUARANTINED}
       group by 1, 2, 3, 4, 5, 6
     )
     select task_type as "taskType", model_name as "modelName", provider, thinking_level as "thinkingLevel",
       instance_id as "instanceId", period, weight, weight_square as "weightSquare", draws
     from (${WITH_PLACES}) as placed
     where place <= $3
     order by period desc, 1, 2, 3, 4, 5`,
    [days, PERIOD_HOURS, MOST_BLOCKS],
  )
  return rows
}

/** The answers of first attempts, which any outcome of them bears out: which models later ones are of depends on what failed. */
async function readAnswers(queryable: Queryable, days: number): Promise<DecidedBlock[]> {
  const { rows } = await queryable.query<DecidedBlock>(
    `with ${DELAYS},
     ${INSTANCES},
     blocks as (
       select task_type, model_name, provider, thinking_level, instance_id,
         floor(extract(epoch from hour) / 3600 / $2)::int as period,
         sum(samples + unjudged)::float8 as decided, sum(samples)::float8 as answered,
         coalesce(bool_or(is_new), true) as is_new
       from winrate.outcome_rollups
       left join instances using (instance_id)
       left join delays using (task_type)
       where hour > now() - make_interval(days => $1) and ${ARRIVED}
         and task_type not like '%/@after-%'
         and ${NOT_QUARANTINED}
       group by 1, 2, 3, 4, 5, 6
       having sum(samples) >= 0 and sum(unjudged) >= 0 and sum(samples + unjudged) > 0
     )
     select task_type as "taskType", model_name as "modelName", provider, thinking_level as "thinkingLevel",
       instance_id as "instanceId", period, decided, answered, is_new as "isNew",
       sum(decided) over (partition by instance_id, task_type) as reported
     from (${WITH_PLACES}) as placed
     where place <= $3
     order by period desc, 1, 2, 3, 4, 5`,
    [days, PERIOD_HOURS, MOST_BLOCKS],
  )
  return rows
}
