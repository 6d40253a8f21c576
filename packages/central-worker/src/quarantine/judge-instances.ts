// Which instances' outcomes are left out. An operator's verdict comes first; otherwise an instance is left
// out of the cells in which it differs, and of all cells when those hold most of its samples. This follows
// from the window's sums, the verdicts and whom the last tick left out. An instance that no longer differs counts again.
import { type CellName, cellKey } from '@winrate/shared-schema/contracts'
import type { Steps } from '@winrate/shared-schema/steps'
import { type CellSums, OTHER_INSTANCES } from '../window/cell-sums.ts'
import type { TaskJudgement } from './judge-task.ts'

/** What an operator has decided about an instance. */
export type Verdict = 'quarantined' | 'trusted'

/** An instance whose win rate in a cell is off what the others' and its own other work lead to expect. */
export interface InstanceDifference extends CellName {
  readonly instanceId: string
  readonly samples: number
  readonly winRate: number
  /** What the others and its own other models lead to expect; null where no other instance has comparable outcomes. */
  readonly expectedWinRate: number | null
}

/** An instance's outcomes in a cell, left out. */
export interface Quarantine extends InstanceDifference {
  /** Off in this cell; off in the cells that hold most of its samples; an operator's verdict. */
  readonly reason: 'differs' | 'differs-elsewhere' | 'operator'
}

/** Instances that are left out by their numbers, by key of the cell. */
export type LeftOut = ReadonlyMap<string, ReadonlySet<string>>

export function leftOutByCell(
  quarantines: Iterable<CellName & Pick<Quarantine, 'instanceId' | 'reason'>>,
): LeftOut {
  const leftOut = new Map<string, Set<string>>()
  for (const { instanceId, reason, ...cell } of quarantines) {
    if (reason === 'operator') continue
    const key = cellKey(cell)
    const known = leftOut.get(key)
    if (known === undefined) leftOut.set(key, new Set([instanceId]))
    else known.add(instanceId)
  }
  return leftOut
}

export interface Judgement {
  /** Those that differ from a majority of the instances here, whatever is known of them elsewhere. */
  readonly outvoted: ReadonlySet<string>
  readonly leftOut: ReadonlySet<string>
  readonly quarantines: readonly Quarantine[]
  /** Differences without consequence, because no majority of instances says otherwise. */
  readonly differences: readonly InstanceDifference[]
}

interface Judges {
  readonly verdicts: ReadonlyMap<string, Verdict>
  readonly mostlyOutvoted: ReadonlySet<string>
}

/**
 * What follows for the instances of the cell at place `at` from the judgement of its task type, operators' verdicts and
 * `findMostlyOutvoted`.
 */
export function judgeCell(
  cell: CellName,
  at: number,
  { task, fit, differing, outvoted }: TaskJudgement,
  { verdicts, mostlyOutvoted }: Judges,
): Judgement {
  const leftOut = new Set<string>()
  const quarantines: Quarantine[] = []
  const differences: InstanceDifference[] = []
  for (const voice of task.ofCell[at] ?? []) {
    const { instanceId, total, wins } = voice
    let reason: Quarantine['reason'] | undefined
    if (verdicts.get(instanceId) === 'quarantined') reason = 'operator'
    else if (outvoted[at]?.has(voice)) reason = 'differs'
    else if (mostlyOutvoted.has(instanceId)) reason = 'differs-elsewhere'
    if (reason !== undefined) leftOut.add(instanceId)
    if (total === 0 || (reason === undefined && !differing[at]?.has(voice))) continue
    const expected = fit.expectedWinRate(voice)
    const { taskType, modelName, provider, thinkingLevel } = cell
    const difference = {
      ...{ instanceId, taskType, modelName, provider, thinkingLevel },
      samples: total,
      winRate: rounded(wins / total),
      expectedWinRate: expected === null ? null : rounded(expected),
    }
    if (reason === undefined) differences.push(difference)
    else quarantines.push({ ...difference, reason })
  }
  const outvotedIds = new Set([...(outvoted[at] ?? [])].map(({ instanceId }) => instanceId))
  return { outvoted: outvotedIds, leftOut, quarantines, differences }
}

/** Those that one cell outvotes. */
export interface Vote extends Pick<Judgement, 'outvoted'> {
  readonly cell: Pick<CellSums, 'instancesAmong' | 'samplesOf'>
}

/** The instances that are outvoted in the cells that hold more than half of their samples. */
export function* findMostlyOutvoted(votes: readonly Vote[]): Steps<ReadonlySet<string>> {
  const suspects = new Map<string, { samples: number; outvoted: number }>()
  for (const { outvoted } of votes) {
    for (const instanceId of outvoted) {
      // Those that are not told apart are others in each cell.
      if (instanceId === OTHER_INSTANCES) continue
      suspects.set(instanceId, { samples: 0, outvoted: 0 })
    }
  }
  if (suspects.size === 0) return new Set()
  for (const { outvoted, cell } of votes) {
    for (const instanceId of cell.instancesAmong(suspects)) {
      const suspect = suspects.get(instanceId)
      if (suspect === undefined) continue
      const samples = cell.samplesOf(instanceId)
      suspect.samples += samples
      if (outvoted.has(instanceId)) suspect.outvoted += samples
    }
    yield
  }
  const mostly = [...suspects].filter(([, { samples, outvoted }]) => outvoted * 2 > samples)
  return new Set(mostly.map(([instanceId]) => instanceId))
}

function rounded(rate: number): number {
  return Number(rate.toFixed(6))
}
