// The one list of what a snapshot says of a cell. The schema, the canonical text, deltas, the worker's builder
// and the client's reader go over `valueColumns` or are checked against it by the compiler: a new column is a
// line here and, in `cellValuesAt`, a line that says what its absence means.
import { namesOf, object } from '../../schema/objects.ts'
import type { Infer } from '../../schema/schema.ts'
import { amounts, amountsOrNull, counts, shares, sharesOrNull } from './number-column.ts'

/** What is known of a cell. The order is that of the canonical text. */
const valueColumns = {
  /** Outcomes in the window that count (transport failures do not). */
  samples: counts,
  successes: counts,
  /** Mean quality, 0 to 1; null where none was reported. */
  quality: sharesOrNull,
  /** Typical response time in milliseconds: no single call or instance decides it. */
  responseTimeMs: amountsOrNull,
  /** Typical cost of a call in US dollars. */
  costUsd: amountsOrNull,
  /** Outcomes that the posterior rests on: the samples after one instance's share was capped. */
  evidence: amounts.optional(),
  /** Mean reward of the evidence, 0 to 1. */
  reward: shares.optional(),
  /** Outcomes from before the window or a break, fading with age: they shape the prior only. */
  fadedEvidence: amounts.optional(),
  /** Mean reward of the faded evidence, 0 to 1. */
  fadedReward: shares.optional(),
}

export const cellsSchema = object({
  /** Index into `tasks`. */
  task: counts,
  /** Index into `models`. */
  model: counts,
  ...valueColumns,
})

export type Cells = Infer<typeof cellsSchema>

export type ValueColumn = keyof typeof valueColumns

/** The columns without those that name the cell. */
export type CellColumns = Pick<Cells, ValueColumn>

/** What a snapshot says of one cell. */
export type CellValues = {
  readonly [Name in ValueColumn]: NonNullable<CellColumns[Name]>[number]
}

export const columnNames = namesOf(valueColumns)

type Column = (number | null)[] | undefined

/** Makes the columns one by one, in canonical order; undefined leaves a column out. */
export function makeColumns(make: (name: ValueColumn) => Column): CellColumns {
  const columns: Partial<Record<ValueColumn, Column>> = {}
  for (const name of columnNames) {
    const column = make(name)
    if (column !== undefined) columns[name] = column
  }
  // Each column comes from a parsed snapshot or delta, or from rows of type CellValues.
  return columns as CellColumns
}

/** Lays rows out in columns. */
export function columnsOf(rows: readonly CellValues[]): CellColumns {
  return makeColumns((name) => rows.map((row) => row[name]))
}

/** The values in one row, which must exist; says what an absent column stands for. */
export function cellValuesAt(cells: CellColumns, row: number): CellValues {
  const samples = cells.samples[row] ?? 0
  const successes = cells.successes[row] ?? 0
  return {
    samples,
    successes,
    quality: cells.quality[row] ?? null,
    responseTimeMs: cells.responseTimeMs[row] ?? null,
    costUsd: cells.costUsd[row] ?? null,
    evidence: cells.evidence?.[row] ?? samples,
    reward: cells.reward?.[row] ?? (samples > 0 ? successes / samples : 0),
    fadedEvidence: cells.fadedEvidence?.[row] ?? 0,
    fadedReward: cells.fadedReward?.[row] ?? 0,
  }
}
