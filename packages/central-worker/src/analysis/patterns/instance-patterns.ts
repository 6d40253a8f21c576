import { type CellName, cellKey } from '@winrate/shared-schema/contracts'
import type { InstancePattern, QuarantinedCell } from '@winrate/shared-schema/http'
import { LEAST_SAMPLES } from '../../cells/cell-ranking.ts'
import { type Stratum, stratifiedDifference } from '../contrast/stratified-difference.ts'
import { clearComparisons } from './clear-comparisons.ts'

/** Sums of one instance in one cell over one stretch of time. */
export interface InstanceSums extends CellName {
  readonly instanceId: string
  /** Names the stretch. Only what was done in the same one is compared. */
  readonly span: number
  readonly samples: number
  readonly successes: number
}

/** A cell of an instance that the last tick left out. */
export interface LeftOut
  extends Pick<QuarantinedCell, 'taskType' | 'provider' | 'modelName' | 'thinkingLevel'> {
  readonly instanceId: string
}

interface Work {
  readonly samples: number
  readonly successes: number
}

/** What one instance did in one cell and stretch. */
interface OwnWork extends Work {
  readonly cell: string
  readonly span: number
  readonly isLeftOut: boolean
}

/** By instance, then by cell and stretch. */
type Works = ReadonlyMap<string, ReadonlyMap<string, OwnWork>>

const none: Work = { samples: 0, successes: 0 }

/**
 * How each instance does against all others, cell by cell and stretch by stretch: a mix with more of the hard cells is not
 * held against it. Work that is harder within a cell is: nothing here tells it from worse results. Nothing is compared
 * with quarantined cells, but they are themselves compared with the rest. Outcomes of one stretch may hang together.
 */
export function findInstancePatterns(
  sums: readonly InstanceSums[],
  leftOut: readonly LeftOut[],
): InstancePattern[] {
  const works = addUpWork(sums, leftOut)
  const fleet = addUpFleet(works)
  const quarantined = new Set(leftOut.map(({ instanceId }) => instanceId))
  const found = [...works].flatMap(([instanceId, stretches]) => {
    const strata: Stratum[] = []
    const cells = new Set<string>()
    for (const [stretch, own] of stretches) {
      const all = fleet.get(stretch) ?? none
      const others = own.isLeftOut ? all : subtract(all, own)
      if (own.samples === 0 || others.samples === 0) continue
      strata.push({ own, others, cluster: own.span })
      cells.add(own.cell)
    }
    const { samples, winRate, expectedWinRate, comparison } = stratifiedDifference(strata)
    if (samples < LEAST_SAMPLES) return []
    const facts = {
      ...{ instanceId, samples, cells: cells.size, winRate, expectedWinRate },
      quarantined: quarantined.has(instanceId),
    }
    return { facts, comparison }
  })
  return clearComparisons(found)
}

/** One sum for each instance, cell and stretch, because several names may mean the same cell. */
function addUpWork(sums: readonly InstanceSums[], leftOut: readonly LeftOut[]): Works {
  const left = new Set(
    leftOut.map(({ instanceId, thinkingLevel, ...model }) => {
      const cell = cellKey({ ...model, thinkingLevel: thinkingLevel ?? '' })
      return `${instanceId}\u0000${cell}`
    }),
  )
  const works = new Map<string, Map<string, OwnWork>>()
  for (const row of sums) {
    const cell = cellKey(row)
    const stretch = `${row.span} ${cell}`
    const own = works.get(row.instanceId) ?? new Map<string, OwnWork>()
    works.set(row.instanceId, own)
    const isLeftOut = left.has(`${row.instanceId}\u0000${cell}`)
    own.set(stretch, { cell, span: row.span, isLeftOut, ...add(own.get(stretch) ?? none, row) })
  }
  for (const own of works.values()) {
    for (const [stretch, work] of own) own.set(stretch, { ...work, ...withinBounds(work) })
  }
  return works
}

/** What counts, by cell and stretch. */
function addUpFleet(works: Works): ReadonlyMap<string, Work> {
  const fleet = new Map<string, Work>()
  for (const stretches of works.values()) {
    for (const [stretch, work] of stretches) {
      if (!work.isLeftOut) fleet.set(stretch, add(fleet.get(stretch) ?? none, work))
    }
  }
  return fleet
}

/** Corrections may leave a sum below 0 until the outcomes they correct are counted. */
function withinBounds(work: Work): Work {
  const samples = Math.max(0, work.samples)
  return { samples, successes: Math.min(samples, Math.max(0, work.successes)) }
}

function add(one: Work, other: Work): Work {
  return { samples: one.samples + other.samples, successes: one.successes + other.successes }
}

function subtract(one: Work, other: Work): Work {
  return { samples: one.samples - other.samples, successes: one.successes - other.successes }
}
