import { type CellName, cellKey } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../postgres/queryable.ts'
import { readTableStamp } from '../postgres/table-stamp.ts'
import type { Quarantine } from './judge-instances.ts'

/** An instance of which this tick begins or ceases to leave something out. */
export interface QuarantineChange {
  readonly instanceId: string
  readonly change: 'begun' | 'ended'
  /** `begun`: why; `ended`: why it had been. The first in order, where cells differ in it. */
  readonly reason: string
  /** Cells that it is about, as `task type / model`. */
  readonly cells: readonly string[]
  readonly samples: number
}

/** The content of instance_quarantines while its stamp is this one. */
export interface StoredQuarantines {
  readonly quarantines: readonly Quarantine[]
  readonly stamp: string
  /** What began and ended, a row per instance. */
  readonly changes: readonly QuarantineChange[]
}

type QuarantineName = CellName & Pick<Quarantine, 'instanceId'>

/**
 * Makes instance_quarantines hold exactly `quarantines`; one that was there keeps the time it began.
 * If no other writer has touched the table since `known`, sends only the quarantines that are new objects.
 */
export async function storeQuarantines(
  queryable: Queryable,
  quarantines: readonly Quarantine[],
  known?: Pick<StoredQuarantines, 'quarantines' | 'stamp'>,
): Promise<StoredQuarantines> {
  const stamp = await readTableStamp(queryable, 'instance_quarantines')
  const isKnown = known?.stamp === stamp
  const same = new Set(isKnown ? known.quarantines : [])
  const sent = quarantines.filter((quarantine) => !same.has(quarantine))
  const present = new Set(quarantines.map(idOf))
  const before = isKnown ? known.quarantines : await readQuarantineNames(queryable)
  const ended = before.filter((quarantine) => !present.has(idOf(quarantine)))
  if (sent.length + ended.length === 0) return { quarantines, stamp, changes: [] }
  const changes = await store(queryable, sent, ended)
  return { quarantines, stamp: await readTableStamp(queryable, 'instance_quarantines'), changes }
}

function idOf(quarantine: QuarantineName): string {
  return `${cellKey(quarantine)}\0${quarantine.instanceId}`
}

async function readQuarantineNames(queryable: Queryable): Promise<readonly QuarantineName[]> {
  const { rows } = await queryable.query<QuarantineName>(`
    select instance_id as "instanceId", task_type as "taskType", model_name as "modelName", provider,
      thinking_level as "thinkingLevel"
    from winrate.instance_quarantines`)
  return rows
}

async function store(
  queryable: Queryable,
  quarantines: readonly Quarantine[],
  ended: readonly QuarantineName[],
): Promise<readonly QuarantineChange[]> {
  const { rows } = await queryable.query<QuarantineChange>({
    name: 'store-quarantines',
    text: `
      with incoming as materialized (
        select *
        from jsonb_to_recordset($1::jsonb) as quarantine (
          "instanceId" text, "taskType" text, "modelName" text, provider text, "thinkingLevel" text,
          reason text, samples bigint, "winRate" float8, "expectedWinRate" float8
        )
      ),
      ended_quarantines as (
        delete from winrate.instance_quarantines as known
        using jsonb_to_recordset($2::jsonb) as quarantine (
          "instanceId" text, "taskType" text, "modelName" text, provider text, "thinkingLevel" text
        )
        where (
          quarantine."instanceId", quarantine."taskType", quarantine."modelName",
          quarantine.provider, quarantine."thinkingLevel"
        ) = (
          known.instance_id, known.task_type, known.model_name, known.provider, known.thinking_level
        )
        returning 'ended' as change, known.instance_id, known.reason, known.task_type,
          known.model_name, known.samples
      ),
      present_quarantines as (
        insert into winrate.instance_quarantines as known (
          instance_id, task_type, model_name, provider, thinking_level, reason, samples, win_rate,
          expected_win_rate, since
        )
        select
          "instanceId", "taskType", "modelName", provider, "thinkingLevel", reason, samples,
          "winRate", "expectedWinRate", now()
        from incoming
        on conflict (instance_id, task_type, model_name, provider, thinking_level) do update set
          reason = excluded.reason,
          samples = excluded.samples,
          win_rate = excluded.win_rate,
          expected_win_rate = excluded.expected_win_rate
        where (known.reason, known.samples, known.win_rate, known.expected_win_rate)
          is distinct from
            (excluded.reason, excluded.samples, excluded.win_rate, excluded.expected_win_rate)
        returning instance_id, reason, task_type, model_name, samples, since = now() as is_new
      ),
      changes as (
        select change, instance_id, reason, task_type, model_name, samples from ended_quarantines
        union all
        select 'begun', instance_id, reason, task_type, model_name, samples
        from present_quarantines
        where is_new
      )
      select
        instance_id as "instanceId",
        change,
        min(reason) as reason,
        array_agg(task_type || ' / ' || model_name order by task_type, model_name) as cells,
        sum(samples)::float8 as samples
      from changes
      group by instance_id, change
      order by instance_id, change`,
    values: [JSON.stringify(quarantines), JSON.stringify(ended)],
  })
  return rows
}
