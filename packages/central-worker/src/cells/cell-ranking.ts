// The order in which people see the cells of a task type: the best first.
import { winRate } from '@winrate/shared-schema/scoring'

/** Samples below which a rate takes no part in comparisons. */
export const LEAST_SAMPLES = 10

interface RankedCell {
  readonly samples: number
  readonly successes: number
}

/** Compares two cells of a task type for sorting: the better win rate first, whatever has few samples last. */
export function bestCellFirst(one: RankedCell, other: RankedCell): number {
  const isCompared = ({ samples }: RankedCell) => Number(samples >= LEAST_SAMPLES)
  return (
    isCompared(other) - isCompared(one) ||
    winRate(other.successes, other.samples) - winRate(one.successes, one.samples) ||
    other.samples - one.samples
  )
}
