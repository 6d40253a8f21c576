import { type CellName, cellKey } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../postgres/queryable.ts'
import { type StoredTable, storeTable } from '../postgres/stored-table.ts'
import type { Quarantine } from './judge-instances.ts'

/** An instance of which this tick begins or ceases to leave something out. */
export interface QuarantineChange {
  readonly instanceId: string
  readonly change: 'begun' | 'ended'
  /** `begun`: why; `ended`: why it had been. The first in order, where cells differ in it. */
  readonly reason: string
  /** Cells that it is about, as `task type / model`: the first ones. */
  readonly cells: readonly string[]
  readonly cellCount: number
  readonly samples: number
}

export interface QuarantineChanges {
  readonly changes: readonly QuarantineChange[]
  /** Changes that are too many to be told one by one. */
  readonly changesUntold: number
}

/** Cells that a change names. */
const MOST_CELLS = 20
/** Instances whose changes are told one by one. */
const MOST_CHANGES = 100

type QuarantineName = CellName & Pick<Quarantine, 'instanceId'>

/**
 * Makes instance_quarantines hold exactly `quarantines`; one that was there keeps the time it began. `changes`
 * tells what began and ended, a row per instance.
 */
export async function storeQuarantines(
  queryable: Queryable,
  quarantines: readonly Quarantine[],
  known?: StoredTable<Quarantine>,
): Promise<StoredTable<Quarantine> & QuarantineChanges> {
  const { stored, ...table } = await storeTable(queryable, quarantines, {
    table: 'instance_quarantines',
    nameColumns: [
      'instance_id as "instanceId"',
      'task_type as "taskType"',
      'model_name as "modelName"',
      'provider',
      'thinking_level as "thinkingLevel"',
    ],
    keyOf: (name: QuarantineName) => `${cellKey(name)}\0${name.instanceId}`,
    known,
    store,
  })
  return { ...table, ...mergeChanges(stored.flat()) }
}

/** An instance's rows may have been stored in several parts. */
function mergeChanges(stored: readonly QuarantineChange[]): QuarantineChanges {
  const merged = new Map<string, QuarantineChange>()
  for (const change of stored) {
    const key = `${change.instanceId}\0${change.change}`
    const known = merged.get(key)
    if (known === undefined) merged.set(key, change)
    else {
      merged.set(key, {
        ...known,
        reason: [known.reason, change.reason].sort()[0] ?? known.reason,
        cells: [...known.cells, ...change.cells].sort().slice(0, MOST_CELLS),
        cellCount: known.cellCount + change.cellCount,
        samples: known.samples + change.samples,
      })
    }
  }
  const changes = [...merged].sort(([one], [other]) => (one < other ? -1 : 1))
  return {
    changes: changes.slice(0, MOST_CHANGES).map(([, change]) => change),
    changesUntold: Math.max(0, changes.length - MOST_CHANGES),
  }
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
        (array_agg(task_type || ' / ' || model_name order by task_type, model_name))[:${MOST_CELLS}]
          as cells,
        count(*)::float8 as "cellCount",
        sum(samples)::float8 as samples
      from changes
      group by instance_id, change
      order by instance_id, change`,
    values: [JSON.stringify(quarantines), JSON.stringify(ended)],
  })
  return rows
}
