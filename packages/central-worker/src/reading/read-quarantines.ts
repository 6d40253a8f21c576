import type {
  Quarantine,
  QuarantinedCell,
  QuarantinesBody,
  Verdict,
} from '@winrate/shared-schema/http'
import type { Queryable } from '../postgres/queryable.ts'

interface Row extends Pick<Quarantine, 'instanceId' | 'samples'> {
  readonly verdict: Verdict['verdict'] | null
  readonly reason: string | null
  readonly decidedAt: Date | null
  readonly since: Date | null
  readonly cells: readonly QuarantinedCell[]
  readonly cellCount: number
  readonly instances: number
}

const MOST_INSTANCES = 1_000
/** Of one instance; those of which the most is left out. */
const MOST_CELLS = 100

/**
 * What the last tick left out and what operators have decided, by instance; the most left out first. With
 * `instanceIds`, of these instances only.
 */
export async function readQuarantines(
  queryable: Queryable,
  instanceIds?: readonly string[],
): Promise<QuarantinesBody> {
  const { rows } = await queryable.query<Row>({
    name: 'read-quarantines',
    text: `
      with ranked as (
        select *, row_number() over (
          partition by instance_id
          order by samples desc, task_type, provider, model_name, thinking_level
        ) as place
        from winrate.instance_quarantines
        where $1::text[] is null or instance_id = any($1)
      ),
      left_out as (
        select
          instance_id,
          count(*)::float8 as cell_count,
          sum(samples)::float8 as samples,
          min(since) as since,
          jsonb_agg(
            jsonb_build_object(
              'taskType', task_type,
              'provider', provider,
              'modelName', model_name,
              'thinkingLevel', nullif(thinking_level, ''),
              'reason', reason,
              'samples', samples,
              'winRate', win_rate,
              'expectedWinRate', expected_win_rate,
              'since', since
            )
            order by place
          ) filter (where place <= $2) as cells
        from ranked
        group by instance_id
      ),
      decided as (
        select instance_id, verdict, reason, decided_at
        from winrate.instance_verdicts
        where $1::text[] is null or instance_id = any($1)
      )
      select
        instance_id as "instanceId",
        verdict.verdict,
        verdict.reason,
        verdict.decided_at as "decidedAt",
        coalesce(left_out.samples, 0) as samples,
        left_out.since,
        coalesce(left_out.cells, '[]') as cells,
        coalesce(cell_count, 0) as "cellCount",
        count(*) over ()::float8 as instances
      from left_out
      full join decided as verdict using (instance_id)
      order by samples desc, instance_id
      limit $3`,
    values: [instanceIds ?? null, MOST_CELLS, instanceIds?.length ?? MOST_INSTANCES],
  })
  const more = (rows[0]?.instances ?? 0) - rows.length
  return { quarantines: rows.map(toQuarantine), ...(more > 0 && { more }) }
}

function toQuarantine(row: Row): Quarantine {
  const { instanceId, verdict, reason, decidedAt, samples, since, cells, cellCount } = row
  return {
    instanceId,
    verdict:
      verdict === null || reason === null || decidedAt === null
        ? null
        : { verdict, reason, decidedAt: decidedAt.toISOString() },
    samples,
    since: since?.toISOString() ?? null,
    cells: cells.map((cell) => ({ ...cell, since: new Date(cell.since).toISOString() })),
    ...(cellCount > cells.length && { moreCells: cellCount - cells.length }),
  }
}
