import { limits } from '@winrate/shared-schema/contracts'
import type { TableInUse } from '../../routing/table/table-in-use.ts'

/** More models than any plan tries. */
const MOST_FAILED = 50

/** The models that a caller says failed before, by their win-rate names. What names none as it should is for the contract to judge. */
export function failedBefore(after: unknown, table: TableInUse): unknown {
  const names = typeof after === 'string' ? after.slice(0, limits.afterChars).split(',') : after
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) return after
  return (
    names
      .slice(0, MOST_FAILED)
      .map((name) => table.current.resolve(name.trim()).modelName)
      .filter((name) => name !== '')
      .join() || undefined
  )
}

/** @param chosenWith That of a later attempt, where it was drawn: that of the decision is of its first attempt. */
export function propensityOf(
  after: unknown,
  decided: number | undefined,
  chosenWith: number | undefined,
): number | undefined {
  const isFirst = Array.isArray(after) ? after.length === 0 : !after
  return chosenWith ?? (isFirst ? decided : undefined)
}
