// Whose outcomes are left out. An operator's verdict comes first; else an instance is left out of the
// cells in which it differs, and altogether when those hold most of its samples. Stateless: each tick
// judges anew, so an instance that is like the others again counts again.
import { type DifferingInstances, findDifferingInstances } from './differing-instances.ts'
import type { CellWindow, InstanceWindow } from './group-window.ts'

/** Fewer instances cannot outvote one of them: they are capped, and the difference is told. */
const LEAST_INSTANCES = 4

/** An operator's word on an instance. */
export type Verdict = 'quarantined' | 'trusted'

/** An instance whose win rate in a cell is off what the others' lead to expect. */
export interface InstanceDifference {
  readonly instanceId: string
  readonly taskType: string
  readonly modelName: string
  readonly provider: string
  readonly thinkingLevel: string
  readonly samples: number
  readonly winRate: number
  /** Null where no other instance has comparable outcomes. */
  readonly expectedWinRate: number | null
}

/** An instance's outcomes in a cell, left out. */
export interface Quarantine extends InstanceDifference {
  /** Off in this cell; off in the cells that hold most of its samples; an operator's verdict. */
  readonly reason: 'differs' | 'differs-elsewhere' | 'operator'
}

export interface Judgement {
  readonly quarantines: readonly Quarantine[]
  /** Differences that nothing follows from, because no majority of instances says otherwise. */
  readonly differences: readonly InstanceDifference[]
  isLeftOut(cell: CellWindow, instanceId: string): boolean
}

/** Judges every instance in every cell. */
export function judgeInstances(
  cells: readonly CellWindow[],
  verdicts: ReadonlyMap<string, Verdict>,
): Judgement {
  const found = cells.map((cell) => {
    const heard = cell.instances.filter(
      ({ instanceId }) => verdicts.get(instanceId) !== 'quarantined',
    )
    const { differing, compared, expectedWinRate } = findDifferingInstances(
      heard,
      (instanceId) => verdicts.get(instanceId) === 'trusted',
    )
    const outvoted = compared >= LEAST_INSTANCES && differing.length * 2 < compared
    return { cell, differing: new Set(differing), outvoted, expectedWinRate }
  })
  const wholly = instancesThatMostlyDiffer(found)
  const quarantines: Quarantine[] = []
  const differences: InstanceDifference[] = []
  const leftOut = new Map<CellWindow, Set<string>>()
  for (const { cell, differing, outvoted, expectedWinRate } of found) {
    const ids = new Set<string>()
    leftOut.set(cell, ids)
    for (const instance of cell.instances) {
      const { instanceId } = instance
      const differs = differing.has(instance)
      let reason: Quarantine['reason'] | undefined
      if (verdicts.get(instanceId) === 'quarantined') reason = 'operator'
      else if (differs && outvoted) reason = 'differs'
      else if (wholly.has(instanceId)) reason = 'differs-elsewhere'
      if (reason !== undefined) ids.add(instanceId)
      if (instance.samples === 0 || (reason === undefined && !differs)) continue
      const difference = differenceOf(cell, instance, expectedWinRate)
      if (reason === undefined) differences.push(difference)
      else quarantines.push({ ...difference, reason })
    }
  }
  return {
    quarantines,
    differences,
    isLeftOut: (cell, instanceId) => leftOut.get(cell)?.has(instanceId) ?? false,
  }
}

interface FoundInCell {
  readonly cell: CellWindow
  readonly differing: ReadonlySet<InstanceWindow>
  readonly outvoted: boolean
}

function instancesThatMostlyDiffer(found: readonly FoundInCell[]): ReadonlySet<string> {
  const suspects = new Map<string, { samples: number; differing: number }>()
  for (const { differing, outvoted } of found) {
    if (!outvoted) continue
    for (const { instanceId } of differing) suspects.set(instanceId, { samples: 0, differing: 0 })
  }
  if (suspects.size === 0) return new Set()
  for (const { cell, differing, outvoted } of found) {
    for (const instance of cell.instances) {
      const suspect = suspects.get(instance.instanceId)
      if (suspect === undefined) continue
      suspect.samples += instance.samples
      if (outvoted && differing.has(instance)) suspect.differing += instance.samples
    }
  }
  const mostly = [...suspects].filter(([, { samples, differing }]) => differing * 2 > samples)
  return new Set(mostly.map(([instanceId]) => instanceId))
}

function differenceOf(
  { taskType, modelName, provider, thinkingLevel }: CellWindow,
  instance: InstanceWindow,
  expectedWinRate: DifferingInstances['expectedWinRate'],
): InstanceDifference {
  const expected = expectedWinRate(instance)
  return {
    instanceId: instance.instanceId,
    taskType,
    modelName,
    provider,
    thinkingLevel,
    samples: instance.samples,
    winRate: rounded(instance.successes / instance.samples),
    expectedWinRate: expected === null ? null : rounded(expected),
  }
}

function rounded(rate: number): number {
  return Number(rate.toFixed(6))
}
