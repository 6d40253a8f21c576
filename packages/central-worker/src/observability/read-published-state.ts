import type { Queryable } from '../postgres/queryable.ts'

/** What the last tick of any replica left. */
export interface PublishedState {
  readonly version: number
  /** 0 where none is pinned: versions begin at 1. */
  readonly pinnedVersion: number
  readonly cells: number
  /** Cells that the last tick had no room for. */
  readonly leftOutCells: number
  /** Cells that count from a break on. */
  readonly changedCells: number
  readonly quarantinedInstances: number
  /** Instances whose clock was wrong in the last hour. */
  readonly wrongClocks: number
  /** Models at task types of which outcomes are missing. */
  readonly missingOutcomes: number
  /** Models at task types of which answers have clearly more or fewer verdicts. */
  readonly unequalVerdicts: number
}

export async function readPublishedState(queryable: Queryable): Promise<PublishedState> {
  const { rows } = await queryable.query<PublishedState>({
    name: 'read-published-state',
    text: `
      select
        (select version from winrate.snapshot_head)::float8 as version,
        (select coalesce(pinned_version, 0) from winrate.snapshot_head)::float8 as "pinnedVersion",
        metrics.cells::float8 as cells,
        coalesce((
          select left_out_cells
          from winrate.snapshots join winrate.snapshot_head using (epoch, version)
        ), 0) as "leftOutCells",
        metrics.changed_cells::float8 as "changedCells",
        (
          select count(distinct instance_id) from winrate.instance_quarantines
        )::float8 as "quarantinedInstances",
        (
          select count(distinct instance_id) from winrate.instance_sessions
          where clock_ahead_ms <> 0 and last_seen_at > now() - interval '1 hour'
        )::float8 as "wrongClocks",
        (select count(*) from winrate.missing_outcomes)::float8 as "missingOutcomes",
        (select count(*) from winrate.unequal_verdicts)::float8 as "unequalVerdicts"
      from (
        select count(*) as cells, count(changed_at) as changed_cells from winrate.task_metrics
      ) as metrics`,
  })
  const [state] = rows
  if (state === undefined) throw new Error('a row of counts is missing')
  return state
}
