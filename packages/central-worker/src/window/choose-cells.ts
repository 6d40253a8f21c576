// Which cells a window counts where the rollups hold more than its budget. What is known before any outcome comes
// first: catalogued models at known task types, so that no invention displaces them. Then come the cells with the
// most outcomes before the present hour, so that replicas agree on all others and a flood displaces nothing within
// its hour; then those with the most outcomes in it, and the oldest. A hash of the names decides the rest.
import {
  builtInTaskTypes,
  type CatalogueEntry,
  type CellName,
  cellKey,
  defaultCatalogue,
  givenNames,
  UNKNOWN_PROVIDER,
} from '@winrate/shared-schema/contracts'
import type { Queryable } from '../postgres/queryable.ts'
import type { CellBudget } from './cell-budget.ts'
import { CELL_HASH, dateOf } from './read-rollups.ts'
import { LEAST_AGE_HOURS, type WindowShape } from './window-spans.ts'

/** What an operator has named, besides what is built in. */
export interface KnownNames {
  readonly catalogue?: readonly CatalogueEntry[] | undefined
  readonly taskTypes?: readonly string[] | undefined
}

export interface ChosenCells {
  /** By `cellKey`, under the names that the rollups give. */
  readonly keys: ReadonlySet<string>
  /** The same cells as Postgres hashes them: see CELL_HASH. */
  readonly hashes: readonly string[]
  /** How many cells are not among them. */
  readonly leftOut: number
}

export async function chooseCells(
  queryable: Queryable,
  {
    hour,
    shape,
    budget,
    known,
  }: {
    readonly hour: number
    readonly shape: WindowShape
    readonly budget: CellBudget
    readonly known: KnownNames
  },
): Promise<ChosenCells> {
  const { rows } = await queryable.query<CellName & { hash: string; allCells: number }>({
    text: `
      with cells as materialized (
        select
          task_type, model_name, provider, thinking_level,
          coalesce(sum(samples + transport_failures + unjudged) filter (where hour < $3), 0)::float8
            as outcomes_before,
          sum(samples + transport_failures + unjudged)::float8 as outcomes,
          min(hour) as first_hour,
          min(instance_id collate "C") as instance_id,
          max(instance_id collate "C") as other_instance_id
        from winrate.outcome_rollups
        where hour >= $1 and hour < $2
        group by task_type, model_name, provider, thinking_level
      ),
      known_models as (
        select distinct "modelName" as model_name, provider, "thinkingLevel" as thinking_level
        from jsonb_to_recordset($4::jsonb) as known ("modelName" text, provider text, "thinkingLevel" text)
      ),
      ranked as (
        select
          *, row_number() over (
            order by is_known desc, outcomes_before desc, outcomes desc, first_hour, hash
          ) as rank
        from (
          select
            cells.*, ${CELL_HASH} as hash,
            known_models.model_name is not null and task_type = any($5) as is_known
          from cells
          left join known_models using (model_name, provider, thinking_level)
        ) as hashed
      ),
      within_instances as (
        select *
        from (
          select *, row_number() over (
            partition by instance_id, instance_id = other_instance_id order by rank
          ) as place
          from ranked
        ) as placed
        where place <= $6 or instance_id <> other_instance_id
      ),
      within_task_types as (
        select *
        from (
          select *, row_number() over (partition by task_type order by rank) as task_place
          from within_instances
        ) as placed
        where task_place <= $7
      )
      select
        task_type as "taskType", model_name as "modelName", provider,
        thinking_level as "thinkingLevel", hash::text as hash,
        (select count(*) from cells)::float8 as "allCells"
      from within_task_types
      order by rank
      limit $8`,
    values: [
      dateOf(hour - shape.endHours + 1),
      dateOf(hour - LEAST_AGE_HOURS + 1),
      dateOf(hour),
      JSON.stringify(knownModels(known)),
      [...builtInTaskTypes, ...(known.taskTypes ?? [])],
      budget.perInstance,
      budget.perTaskType,
      budget.cells,
    ],
  })
  return {
    keys: new Set(rows.map(cellKey)),
    hashes: rows.map(({ hash }) => hash),
    leftOut: (rows[0]?.allCells ?? 0) - rows.length,
  }
}

function knownModels({ catalogue = [] }: KnownNames) {
  return [...catalogue, ...defaultCatalogue].flatMap((entry) =>
    givenNames(entry).flatMap((modelName) =>
      [entry.provider, UNKNOWN_PROVIDER].flatMap((provider) =>
        ['', ...(entry.thinkingLevels ?? [])].map((thinkingLevel) => ({
          modelName,
          provider,
          thinkingLevel,
        })),
      ),
    ),
  )
}
