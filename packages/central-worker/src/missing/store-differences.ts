import { type CellName, cellKey } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../postgres/queryable.ts'

/** What begins to be found, and what no longer is. */
export interface Changes<Found extends CellName> {
  readonly begun: readonly Found[]
  readonly ended: readonly CellName[]
}

/** A table of cells, and what it says of each: names with types of SQL. */
interface DifferenceTable {
  readonly name: string
  readonly columns: Readonly<Record<string, { readonly field: string; readonly type: string }>>
}

export const MISSING_OUTCOMES: DifferenceTable = {
  name: 'winrate.missing_outcomes',
  columns: {
    reported_share: { field: 'reportedShare', type: 'float8' },
    z: { field: 'z', type: 'float8' },
    failures_per_outcome: { field: 'failuresPerOutcome', type: 'float8' },
    least_failures: { field: 'leastFailures', type: 'float8' },
    instances: { field: 'instances', type: 'jsonb' },
  },
}

export const UNEQUAL_VERDICTS: DifferenceTable = {
  name: 'winrate.unequal_verdicts',
  columns: {
    relative_share: { field: 'relativeShare', type: 'float8' },
    z: { field: 'z', type: 'float8' },
  },
}

const CELL = 'task_type, model_name, provider, thinking_level'
const CELL_FIELDS = `task_type as "taskType", model_name as "modelName", provider, thinking_level as "thinkingLevel"`

/** Makes the table hold these; one that was there keeps the time it began. */
export async function storeDifferences<Found extends CellName>(
  queryable: Queryable,
  { name, columns }: DifferenceTable,
  found: readonly Found[],
): Promise<Changes<Found>> {
  const values = [JSON.stringify(found)]
  const { rows: ended } = await queryable.query<CellName>(
    `delete from ${name} as known
     where not exists (
       select from jsonb_to_recordset($1::jsonb) as found (
         "taskType" text, "modelName" text, provider text, "thinkingLevel" text
       )
       where (found."taskType", found."modelName", found.provider, found."thinkingLevel")
         = (known.task_type, known.model_name, known.provider, known.thinking_level)
     )
     returning ${CELL_FIELDS}`,
    values,
  )
  const all = Object.entries(columns)
  const fields = all.map(([, { field }]) => `"${field}"`)
  const types = all.map(([, { field, type }]) => `"${field}" ${type}`)
  const { rows: stored } = await queryable.query<CellName & { isNew: boolean }>(
    `insert into ${name} as known (${CELL}, ${Object.keys(columns).join(', ')})
     select "taskType", "modelName", provider, "thinkingLevel", ${fields.join(', ')}
     from jsonb_to_recordset($1::jsonb) as found (
       "taskType" text, "modelName" text, provider text, "thinkingLevel" text, ${types.join(', ')}
     )
     on conflict (${CELL}) do update set
       ${Object.keys(columns)
         .map((column) => `${column} = excluded.${column}`)
         .join(', ')}
     returning ${CELL_FIELDS}, since = now() as "isNew"`,
    values,
  )
  const isNew = new Set(stored.filter((row) => row.isNew).map(cellKey))
  return { begun: found.filter((one) => isNew.has(cellKey(one))), ended }
}
