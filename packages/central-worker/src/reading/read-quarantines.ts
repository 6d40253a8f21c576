import type { Quarantine, QuarantinedCell, Verdict } from '@winrate/shared-schema/http'
import type { Queryable } from '../postgres/queryable.ts'

interface Row extends Pick<Quarantine, 'instanceId' | 'samples'> {
  readonly verdict: Verdict['verdict'] | null
  readonly reason: string | null
  readonly decidedAt: Date | null
  readonly since: Date | null
  readonly cells: readonly QuarantinedCell[]
}

/** What the last tick left out and what operators have decided, by instance; the most left out first. */
export async function readQuarantines(queryable: Queryable): Promise<Quarantine[]> {
  const { rows } = await queryable.query<Row>({
    name: 'read-quarantines',
    text: `
      with left_out as (
        select
          instance_id,
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
            order by samples desc, task_type, provider, model_name, thinking_level
          ) as cells
        from winrate.instance_quarantines
        group by instance_id
      )
      select
        instance_id as "instanceId",
        verdict.verdict,
        verdict.reason,
        verdict.decided_at as "decidedAt",
        coalesce(left_out.samples, 0) as samples,
        left_out.since,
        coalesce(left_out.cells, '[]') as cells
      from left_out
      full join winrate.instance_verdicts as verdict using (instance_id)
      order by samples desc, instance_id`,
  })
  return rows.map(({ instanceId, verdict, reason, decidedAt, samples, since, cells }) => ({
    instanceId,
    verdict:
      verdict === null || reason === null || decidedAt === null
        ? null
        : { verdict, reason, decidedAt: decidedAt.toISOString() },
    samples,
    since: since?.toISOString() ?? null,
    cells: cells.map((cell) => ({ ...cell, since: new Date(cell.since).toISOString() })),
  }))
}
