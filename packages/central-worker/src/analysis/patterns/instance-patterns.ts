import type { InstancePattern, QuarantinedCell } from '@winrate/shared-schema/http'
import {
  type ClearedComparison,
  clearComparisons,
  type FoundComparison,
} from './clear-comparisons.ts'
import { LEAST_SAMPLES } from './least-samples.ts'
import { type Stratum, stratifiedDifference } from './stratified-difference.ts'

/** Sums of one instance in one cell over some stretch of time. */
export interface InstanceSums {
  readonly instanceId: string
  readonly taskType: string
  readonly provider: string
  readonly modelName: string
  /** Empty where the model was called without one. */
  readonly thinkingLevel: string
  /** Names the stretch. Only what was done in the same one is compared. */
  readonly span: number
  readonly samples: number
  readonly successes: number
}

/** What the last tick left out. */
export type LeftOut = Pick<
  QuarantinedCell,
  'taskType' | 'provider' | 'modelName' | 'thinkingLevel'
> & { readonly instanceId: string }

interface Rate {
  readonly samples: number
  readonly successes: number
}

/** What one instance did in one cell and stretch. */
interface Work extends Rate {
  readonly cell: number
  readonly isLeftOut: boolean
}

/** By instance, then by the number of the stretch. */
type Works = ReadonlyMap<string, ReadonlyMap<number, Work>>

const none: Rate = { samples: 0, successes: 0 }

/**
 * How each instance does against all others, cell by cell and stretch by stretch, so that its mix of
 * work, which may be harder than the others', is not held against it. What is quarantined is not part
 * of what others are compared with, but is itself compared with the rest.
 */
export function findInstancePatterns(
  sums: readonly InstanceSums[],
  leftOut: readonly LeftOut[],
): InstancePattern[] {
  const works = addUpWork(sums, leftOut)
  const fleet = addUpFleet(works)
  const quarantined = new Set(leftOut.map(({ instanceId }) => instanceId))
  const found: FoundComparison<Omit<InstancePattern, keyof ClearedComparison>>[] = []
  for (const [instanceId, stretches] of works) {
    const strata: Stratum[] = []
    const cells = new Set<number>()
    for (const [stretch, own] of stretches) {
      const total = fleet.get(stretch) ?? none
      const others = own.isLeftOut ? total : subtract(total, own)
      if (own.samples === 0 || others.samples === 0) continue
      strata.push({ own, others })
      cells.add(own.cell)
    }
    const { samples, winRate, expectedWinRate, comparison } = stratifiedDifference(strata)
    if (samples < LEAST_SAMPLES) continue
    const facts = {
      ...{ instanceId, samples, cells: cells.size, winRate, expectedWinRate },
      quarantined: quarantined.has(instanceId),
    }
    found.push({ facts, comparison })
  }
  return clearComparisons(found)
}

/** One sum per instance and stretch, however many come in under names that mean the same. */
function addUpWork(sums: readonly InstanceSums[], leftOut: readonly LeftOut[]): Works {
  const numberOf = createCellNumbers()
  const quarantined = new Map<string, Set<number>>()
  for (const each of leftOut) {
    const cells = quarantined.get(each.instanceId) ?? new Set()
    quarantined.set(each.instanceId, cells.add(numberOf(each)))
  }
  const stretches = new Map<number, Map<number, number>>()
  const works = new Map<string, Map<number, Work>>()
  let stretchCount = 0
  for (const row of sums) {
    const cell = numberOf(row)
    const spans = entryOf(stretches, cell, () => new Map<number, number>())
    const stretch = entryOf(spans, row.span, () => stretchCount++)
    const own = entryOf(works, row.instanceId, () => new Map<number, Work>())
    const isLeftOut = quarantined.get(row.instanceId)?.has(cell) ?? false
    own.set(stretch, { cell, isLeftOut, ...add(own.get(stretch) ?? none, row) })
  }
  for (const own of works.values()) {
    for (const [stretch, work] of own) own.set(stretch, { ...work, ...withinBounds(work) })
  }
  return works
}

/** What is counted, by the number of the stretch. */
function addUpFleet(works: Works): ReadonlyMap<number, Rate> {
  const fleet = new Map<number, Rate>()
  for (const stretches of works.values()) {
    for (const [stretch, work] of stretches) {
      if (!work.isLeftOut) fleet.set(stretch, add(fleet.get(stretch) ?? none, work))
    }
  }
  return fleet
}

/** Numbers cells as they come: rows are many, and a number is found faster than a name is made. */
function createCellNumbers(): (cell: Omit<LeftOut, 'instanceId'>) => number {
  const known = new Map<string, Map<string, Map<string, Map<string, number>>>>()
  let count = 0
  return ({ taskType, provider, modelName, thinkingLevel }) => {
    const providers = entryOf(known, taskType, () => new Map())
    const models = entryOf(providers, provider, () => new Map())
    const levels = entryOf(models, modelName, () => new Map())
    return entryOf(levels, thinkingLevel ?? '', () => count++)
  }
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const present = map.get(key)
  if (present !== undefined) return present
  const made = make()
  map.set(key, made)
  return made
}

/** Corrections may leave a sum below nothing until the outcomes they correct are counted. */
function withinBounds(work: Rate): Rate {
  const samples = Math.max(0, work.samples)
  return { samples, successes: Math.min(samples, Math.max(0, work.successes)) }
}

function add(one: Rate, other: Rate): Rate {
  return {
    samples: one.samples + other.samples,
    successes: one.successes + other.successes,
  }
}

function subtract(one: Rate, other: Rate): Rate {
  return {
    samples: one.samples - other.samples,
    successes: one.successes - other.successes,
  }
}
