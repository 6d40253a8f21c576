// The results of the window's sums, kept cell by cell, so that a tick computes only what may have changed.
// Guarantees: the results are the same as from scratch; an unchanged result is the same object as before.
import { isDeepStrictEqual } from 'node:util'
import type { Steps } from '@winrate/shared-schema/steps'
import {
  findMostlyOutvoted,
  type InstanceDifference,
  type Judgement,
  judgeCell,
  type Quarantine,
  type Verdict,
} from '../quarantine/judge-instances.ts'
import type { CellSums } from '../window/cell-sums.ts'
import type { InstanceSums } from '../window/outcome-sums.ts'
import { WINDOW_SPANS } from '../window/window-spans.ts'
import type { WindowSums } from '../window/window-sums.ts'
import { type CellMetrics, type CellMetricsOptions, cellMetrics } from './cell-metrics.ts'
import { undrawnShare } from './drawn-evidence.ts'
import { type LearnedSimilarity, learnSimilarity } from './learn-similarity.ts'

/** A cell whose window is empty is kept while its faded outcomes add up to this. */
const LEAST_FADED_EVIDENCE = 0.5

export interface Findings {
  /** In order of their names. */
  readonly cells: readonly CellMetrics[]
  /** What was left out, and why. */
  readonly quarantines: readonly Quarantine[]
  /** Instances that differ where no majority says otherwise: counted, but worth a look. */
  readonly differences: readonly InstanceDifference[]
  /** How alike task types are, where that differs from the documented table. */
  readonly similarity: readonly LearnedSimilarity[]
  /** Task types of which one verdict arrives late. */
  readonly late: readonly string[]
  /** Every outcome in the window, whether or not something leaves it out of the samples. */
  readonly outcomes: number
}

/** What the results depend on besides the sums. */
export interface Circumstances {
  /** The beginning of the hour that ages are counted from. */
  readonly hour: Date
  /** Operators' verdicts, by instance. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** Whether the sums tell which outcomes were drawn. Until they do, all count as evidence. Default true. */
  readonly knowsDraws?: boolean | undefined
  /** Task types of which one verdict arrives late, with the first span that has both verdicts. Default: none. */
  readonly comparedFrom?: ReadonlyMap<string, number> | undefined
}

export type ResultOptions = Pick<CellMetricsOptions, 'confidence' | 'qualityWeight'>

interface CellResult extends Omit<Judgement, 'leftOut'> {
  readonly metrics: CellMetrics
  readonly outcomes: number
  /** Drawn outcomes in the window, of instances that count. */
  readonly drawn: number
}

export class CellResults {
  readonly #options: ResultOptions
  readonly #results = new Map<string, CellResult>()
  #circumstances: Circumstances | undefined
  #mostlyOutvoted: ReadonlySet<string> = new Set()
  /** By task type, the share of undrawn outcomes that counts as evidence. */
  #undrawnShares: ReadonlyMap<string, number> = new Map()
  #similarity: readonly LearnedSimilarity[] = []
  #leavesOutYoung = false

  constructor(options: ResultOptions) {
    this.#options = options
  }

  /** Leaves out instances that differ, cuts at breaks, caps, fades, and learns how alike task types are. */
  *update(sums: WindowSums, circumstances: Circumstances): Steps<Findings> {
    const changed = sums.takeChanged()
    const redone = areSame(this.#circumstances, circumstances) ? changed : sums.ids
    this.#circumstances = circumstances
    this.#leaveOutYoung(sums, circumstances)
    for (const id of this.#results.keys()) {
      if (sums.cell(id) === undefined) this.#results.delete(id)
    }
    yield* this.#workOut(redone, sums, circumstances)
    if (changed.length + redone.length > 0) {
      yield* this.#judgeAcrossCells(sums, circumstances)
      yield* this.#shareUndrawn(sums, circumstances)
      this.#similarity = yield* learnSimilarity(this.#inOrder(sums).map(({ metrics }) => metrics))
    }
    const results = this.#inOrder(sums)
    return {
      cells: results.map(({ metrics }) => metrics).filter(isWorthKeeping),
      quarantines: results.flatMap(({ quarantines }) => quarantines),
      differences: results.flatMap(({ differences }) => differences),
      similarity: this.#similarity,
      late: [...(circumstances.comparedFrom?.keys() ?? [])],
      outcomes: results.reduce((sum, { outcomes }) => sum + outcomes, 0),
    }
  }

  *#workOut(ids: Iterable<string>, sums: WindowSums, circumstances: Circumstances): Steps<void> {
    for (const id of ids) {
      const cell = sums.cell(id)
      if (cell === undefined) continue
      const result = this.#resultOf(cell, circumstances)
      this.#results.set(id, withKnownParts(result, this.#results.get(id)))
      yield
    }
  }

  /** Outcomes of decisions that are too young to compare are no evidence, break or difference yet. */
  #leaveOutYoung(sums: WindowSums, { comparedFrom = new Map() }: Circumstances): void {
    if (comparedFrom.size === 0 && !this.#leavesOutYoung) return
    this.#leavesOutYoung = comparedFrom.size > 0
    for (const id of sums.ids) {
      const cell = sums.cell(id)
      if (cell !== undefined) cell.comparedFrom = comparedFrom.get(cell.name.taskType) ?? 0
    }
  }

  /** What an instance does in some cells may leave it out of the others. */
  *#judgeAcrossCells(sums: WindowSums, circumstances: Circumstances): Steps<void> {
    const before = this.#mostlyOutvoted
    this.#mostlyOutvoted = yield* findMostlyOutvoted(
      [...this.#results].flatMap(([id, { outvoted }]) => {
        const cell = sums.cell(id)
        return cell === undefined ? [] : [{ cell, outvoted }]
      }),
    )
    const turned = new Set(
      [...before, ...this.#mostlyOutvoted].filter(
        (instanceId) => before.has(instanceId) !== this.#mostlyOutvoted.has(instanceId),
      ),
    )
    if (turned.size === 0) return
    const concerned = sums.ids.filter((id) => {
      const found = sums.cell(id)?.instancesAmong(turned).next()
      return found !== undefined && found.done !== true
    })
    yield* this.#workOut(concerned, sums, circumstances)
  }

  /** How much is drawn at a task type decides what the undrawn outcomes count in all its cells. */
  *#shareUndrawn(sums: WindowSums, circumstances: Circumstances): Steps<void> {
    const { knowsDraws = true } = circumstances
    const drawn = new Map<string, number>()
    for (const { metrics, ...result } of this.#results.values()) {
      drawn.set(metrics.taskType, (drawn.get(metrics.taskType) ?? 0) + result.drawn)
    }
    const before = this.#undrawnShares
    this.#undrawnShares = new Map(
      [...drawn].map(([taskType, outcomes]) => [taskType, knowsDraws ? undrawnShare(outcomes) : 1]),
    )
    const concerned = sums.ids.filter((id) => {
      const taskType = sums.cell(id)?.name.taskType ?? ''
      return shareAt(before, taskType) !== shareAt(this.#undrawnShares, taskType)
    })
    yield* this.#workOut(concerned, sums, circumstances)
  }

  #resultOf(cell: CellSums, { hour, verdicts }: Circumstances): CellResult {
    const instances = cell.instances()
    const { leftOut, ...judgement } = judgeCell(
      cell.name,
      instances,
      verdicts,
      this.#mostlyOutvoted,
    )
    return {
      ...judgement,
      metrics: cellMetrics(cell.name, instances, {
        ...this.#options,
        ...{ hour, leftOut, undrawnShare: shareAt(this.#undrawnShares, cell.name.taskType) },
      }),
      outcomes: instances.reduce((sum, { samples }) => sum + samples, 0),
      drawn: drawnOutcomes(instances, leftOut),
    }
  }

  #inOrder(sums: WindowSums): readonly CellResult[] {
    return sums.ids.map((id) => this.#results.get(id)).filter((result) => result !== undefined)
  }
}

function shareAt(shares: ReadonlyMap<string, number>, taskType: string): number {
  return shares.get(taskType) ?? 1
}

function drawnOutcomes(instances: readonly InstanceSums[], leftOut: ReadonlySet<string>): number {
  let drawn = 0
  for (const { instanceId, spans } of instances) {
    if (leftOut.has(instanceId)) continue
    for (let at = 0; at < WINDOW_SPANS; at += 1) drawn += spans[at]?.drawnSamples ?? 0
  }
  return Math.max(0, drawn)
}

function areSame(one: Circumstances | undefined, other: Circumstances): boolean {
  return (
    one?.knowsDraws === other.knowsDraws &&
    one?.hour.getTime() === other.hour.getTime() &&
    one.verdicts.size === other.verdicts.size &&
    [...other.verdicts].every(
      ([instanceId, verdict]) => one.verdicts.get(instanceId) === verdict,
    ) &&
    isDeepStrictEqual(one.comparedFrom ?? new Map(), other.comparedFrom ?? new Map())
  )
}

function isWorthKeeping(cell: CellMetrics): boolean {
  const { samples, transportFailures, quarantinedSamples, fadedEvidence } = cell
  return (
    samples + transportFailures + quarantinedSamples > 0 || fadedEvidence >= LEAST_FADED_EVIDENCE
  )
}

function withKnownParts(result: CellResult, known: CellResult | undefined): CellResult {
  if (known === undefined) return result
  const quarantines = new Map(known.quarantines.map((each) => [each.instanceId, each]))
  return {
    ...result,
    metrics: knownIfSame(result.metrics, known.metrics),
    quarantines: result.quarantines.map((each) =>
      knownIfSame(each, quarantines.get(each.instanceId)),
    ),
  }
}

function knownIfSame<T extends object>(value: T, known: T | undefined): T {
  return known !== undefined && isDeepStrictEqual(value, known) ? known : value
}
