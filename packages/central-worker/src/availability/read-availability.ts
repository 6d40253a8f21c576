import type { Queryable } from '../postgres/queryable.ts'
import type { ModelNaming } from '../window/create-naming.ts'
import {
  type ArrivedCalls,
  judgeAvailability,
  type ModelAvailability,
} from './judge-availability.ts'

/** Clients may invent any number of instances and names. */
const MOST_ROWS = 50_000
/** A snapshot names no more. */
const MOST_MODELS = 1_000

/** The models whose calls clearly fail now, from what the folds of the last five minutes have added. */
export async function readAvailability(
  queryable: Queryable,
  nameOf: ModelNaming,
): Promise<readonly ModelAvailability[]> {
  return judgeAvailability(await readArrivedCalls(queryable, nameOf)).slice(0, MOST_MODELS)
}

export interface FailingCalls {
  readonly models: readonly ModelAvailability[]
  /** Providers of which all calls together clearly fail, by the same rule. */
  readonly providers: readonly Pick<ModelAvailability, 'provider' | 'availability'>[]
}

/** The models and the providers whose calls clearly fail now. */
export async function readFailingCalls(
  queryable: Queryable,
  nameOf: ModelNaming,
): Promise<FailingCalls> {
  const arrived = await readArrivedCalls(queryable, nameOf)
  return {
    models: judgeAvailability(arrived).slice(0, MOST_MODELS),
    providers: judgeAvailability(arrived.map((calls) => ({ ...calls, modelName: '' }))),
  }
}

async function readArrivedCalls(
  queryable: Queryable,
  nameOf: ModelNaming,
): Promise<readonly ArrivedCalls[]> {
  const { rows } = await queryable.query<ArrivedCalls>({
    name: 'read-availability',
    // Corrections take back what they replace. What is of hours ago says nothing of now. Of work of an instance that an
    // operator leaves out, nothing counts.
    text: `
      with arrived as (
        select provider, model_name, instance_id, fold_id,
          extract(epoch from now() - min(folded_at))::float8 as age_seconds,
          sum(samples + unjudged + transport_failures)::float8 as calls, sum(transport_failures)::float8 as failed
        from winrate.rollup_changes
        where folded_at > now() - interval '5 minutes' and hour > now() - interval '2 hours'
          and instance_id not in (select instance_id from winrate.instance_verdicts where verdict = 'quarantined')
        group by provider, model_name, instance_id, fold_id
        order by fold_id desc
        limit $1
      ),
      instances as (
        select instance_id, min(first_seen_at) > now() - interval '1 day' as is_new
        from winrate.instance_sessions
        where instance_id in (select instance_id from arrived)
        group by instance_id
      )
      select provider, model_name as "modelName", instance_id as "instanceId", age_seconds as "ageSeconds",
        calls, failed, coalesce(is_new, true) as "isNew"
      from arrived left join instances using (instance_id)
      where calls > 0`,
    values: [MOST_ROWS],
  })
  return rows.map((row) => ({ ...row, ...nameOf(row) }))
}

/** Whether anybody has recorded a call. */
export async function hasCalls(queryable: Queryable): Promise<boolean> {
  const { rows } = await queryable.query<{ has: boolean }>(
    'select exists (select from winrate.outcome_rollups) as has',
  )
  return rows[0]?.has === true
}

/** `m1 of p1 12 %`; undefined where all models answer. */
export function describeAvailability(
  models: readonly Pick<ModelAvailability, 'modelName' | 'provider' | 'availability'>[],
): string | undefined {
  if (models.length === 0) return undefined
  return models
    .slice(0, 5)
    .map(
      ({ modelName, provider, availability }) =>
        `${modelName} of ${provider} ${Math.round(100 * availability)} %`,
    )
    .join(', ')
    .concat(models.length > 5 ? ` and ${models.length - 5} more` : '')
}
