// Tells an instance that outcomes of it are not counted, and why. Figures are rounded, so that a notice changes only
// when something has changed.
import type { Queryable } from '../postgres/queryable.ts'
import type { Quarantine } from '../quarantine/judge-instances.ts'
import type { FoundNotices } from './read-notices.ts'

interface LeftOut {
  readonly instanceId: string
  readonly since: Date
  readonly reasons: readonly Quarantine['reason'][]
  /** The operator's. */
  readonly verdictReason: string | null
  readonly outcomes: number
  readonly taskTypes: readonly string[]
  /** As `task type / model`. */
  readonly cells: readonly string[]
  readonly cellCount: number
  /** Of the cell that is off the most. */
  readonly cell: string
  readonly winRate: number
  readonly expectedWinRate: number | null
  readonly found: number
}

/** Names that a notice lists of each. */
const MOST_NAMES = 5

export async function readQuarantineNotices(
  queryable: Queryable,
  most: number,
): Promise<FoundNotices> {
  const { rows } = await queryable.query<LeftOut>({
    name: 'read-quarantine-notices',
    text: `
      with left_out as (
        select *, task_type || ' / ' || model_name as cell,
          abs(win_rate - coalesce(expected_win_rate, win_rate)) as difference
        from winrate.instance_quarantines
        -- Instances that are not told apart have no name.
        where instance_id <> ''
      )
      select
        instance_id as "instanceId",
        min(since) as since,
        array_agg(distinct left_out.reason) as reasons,
        min(verdict.reason) as "verdictReason",
        sum(samples)::float8 as outcomes,
        (array_agg(distinct task_type))[:$2] as "taskTypes",
        (array_agg(distinct cell))[:$2] as cells,
        count(distinct cell)::float8 as "cellCount",
        (array_agg(cell order by difference desc, cell))[1] as cell,
        (array_agg(win_rate order by difference desc, cell))[1] as "winRate",
        (array_agg(expected_win_rate order by difference desc, cell))[1] as "expectedWinRate",
        count(*) over ()::float8 as found
      from left_out
      left join winrate.instance_verdicts as verdict using (instance_id)
      group by instance_id
      order by min(since), instance_id
      limit $1`,
    values: [most, MOST_NAMES],
  })
  return { notices: rows.map(toNotice), found: rows[0]?.found ?? 0 }
}

function toNotice(row: LeftOut) {
  const { instanceId, taskTypes, cells, cellCount } = row
  const since = row.since.toISOString()
  const outcomes = Number(row.outcomes.toPrecision(2))
  const reason = firstOf(row.reasons)
  return {
    instanceId,
    kind: 'quarantined',
    message: `${describe(row, reason, outcomes)} (since ${since})`,
    since,
    reason,
    outcomes,
    taskTypes: [...taskTypes],
    cells: [...cells],
    cellCount,
  }
}

/** The one that leaves out the most. */
function firstOf(reasons: readonly Quarantine['reason'][]): Quarantine['reason'] {
  const order = ['operator', 'differs-elsewhere', 'differs'] as const
  return order.find((reason) => reasons.includes(reason)) ?? 'differs'
}

function describe(row: LeftOut, reason: Quarantine['reason'], outcomes: number): string {
  const { verdictReason, cell, winRate, expectedWinRate, cells, cellCount } = row
  const some = `about ${outcomes} outcomes of this instance`
  if (reason === 'operator') {
    const why = verdictReason === null ? '' : `: ${verdictReason}`
    return `an operator leaves out all outcomes of this instance, ${some} so far${why}`
  }
  const names = `${cells.join(', ')}${cellCount > cells.length ? ` and ${cellCount - cells.length} more` : ''}`
  const where = reason === 'differs' ? `at ${names}` : 'at all its work'
  const expected = expectedWinRate === null ? 'something else' : expectedWinRate.toFixed(2)
  return `${some} are not counted, ${where}: at ${cell} its win rate is ${winRate.toFixed(2)}, and other instances and its own other models lead to expect ${expected}. If its work with this model differs from theirs, give it a task type of its own. If its outcomes are right all the same, ask an operator to release it`
}
