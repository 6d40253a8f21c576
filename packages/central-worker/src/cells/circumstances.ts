// What the results of a window follow from besides its sums.
import { isDeepStrictEqual } from 'node:util'
import type { LeftOut, Verdict } from '../quarantine/judge-instances.ts'
import type { MissingFailures } from './cell-metrics.ts'
import type { Untimed } from './reporting-delays.ts'

export interface Circumstances {
  /** The beginning of the hour that ages are counted from. */
  readonly hour: Date
  /** Operators' verdicts, by instance. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** Whether the sums tell which outcomes were drawn. Until they do, all count as evidence. Default true. */
  readonly knowsDraws?: boolean | undefined
  /** Task types of which one verdict arrives late, with the first span that has both verdicts. Default: none. */
  readonly comparedFrom?: ReadonlyMap<string, number> | undefined
  /** Failures that nobody reported, by key of the cell. Default: none. */
  readonly missing?: ReadonlyMap<string, MissingFailures> | undefined
  /** Whom the last tick left out: these have no say about the others. Default: nobody. */
  readonly leftOut?: LeftOut | undefined
  /** Task types of which it is not known yet when one of the verdicts arrives: see `findUntimed`. Default: none. */
  readonly untimed?: ReadonlyMap<string, Untimed> | undefined
}

export function areSame(one: Circumstances | undefined, other: Circumstances): boolean {
  return (
    one?.knowsDraws === other.knowsDraws &&
    one?.hour.getTime() === other.hour.getTime() &&
    one.verdicts.size === other.verdicts.size &&
    [...other.verdicts].every(
      ([instanceId, verdict]) => one.verdicts.get(instanceId) === verdict,
    ) &&
    isDeepStrictEqual(one.comparedFrom ?? new Map(), other.comparedFrom ?? new Map()) &&
    isDeepStrictEqual(one.untimed ?? new Map(), other.untimed ?? new Map()) &&
    isDeepStrictEqual(one.missing ?? new Map(), other.missing ?? new Map()) &&
    isDeepStrictEqual(one.leftOut ?? new Map(), other.leftOut ?? new Map())
  )
}
