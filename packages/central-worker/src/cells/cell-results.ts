// The results of the window's sums, kept cell by cell, so that a tick computes only what may have changed.
// Guarantees: the results are the same as from scratch; an unchanged result is the same object as before.
import { isDeepStrictEqual } from 'node:util'
import type { TaskTokens } from '@winrate/shared-schema/contracts'
import type { TaskBase } from '@winrate/shared-schema/scoring'
import type { Steps } from '@winrate/shared-schema/steps'
import { type LearnedDependence, learnDependence } from '../escalation/learn-dependence.ts'
import {
  findMostlyOutvoted,
  type InstanceDifference,
  type Judgement,
  type Quarantine,
} from '../quarantine/judge-instances.ts'
import type { CellSums } from '../window/cell-sums.ts'
import type { WindowSums } from '../window/window-sums.ts'
import { baseOfTask } from './base-of-task.ts'
import { type CellMetrics, type CellMetricsOptions, cellMetrics } from './cell-metrics.ts'
import { areSame, type Circumstances } from './circumstances.ts'
import { type LearnedSimilarity, learnSimilarity } from './learn-similarity.ts'
import { type Plan, planTask } from './plan-task.ts'
import { type InstanceTokens, tokensOfInstances, typicalTokens } from './typical-tokens.ts'

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
  /** How models' failures go together, at task types with later attempts. */
  readonly dependence: readonly LearnedDependence[]
  /** Task types of which one verdict arrives late. */
  readonly late: readonly string[]
  /** How well models do on the whole, by task type. */
  readonly bases: ReadonlyMap<string, TaskBase>
  /** What a call typically takes, by task type, where it is known. */
  readonly tokens: ReadonlyMap<string, TaskTokens>
  /** Every outcome in the window, whether or not something leaves it out of the samples. */
  readonly outcomes: number
}

export type ResultOptions = Pick<CellMetricsOptions, 'confidence' | 'qualityWeight'>

interface CellResult extends Omit<Judgement, 'leftOut'> {
  readonly plan: Plan
  readonly metrics: CellMetrics
  readonly tokens: readonly InstanceTokens[]
  readonly outcomes: number
}

/** What is redone of the results. */
interface Redone {
  readonly taskTypes: ReadonlySet<string>
  /** Whose sums are others than before. */
  readonly changed: ReadonlySet<string>
}

export class CellResults {
  readonly #options: ResultOptions
  readonly #results = new Map<string, CellResult>()
  #circumstances: Circumstances | undefined
  #mostlyOutvoted: ReadonlySet<string> = new Set()
  #similarity: readonly LearnedSimilarity[] = []
  #dependence: readonly LearnedDependence[] = []
  #leavesOutYoung = false
  readonly #bases = new Map<string, TaskBase>()
  readonly #tokens = new Map<string, TaskTokens>()

  constructor(options: ResultOptions) {
    this.#options = options
  }

  /** Leaves out instances that differ, cuts at breaks, weighs, fades, and learns how alike task types are. */
  *update(sums: WindowSums, circumstances: Circumstances): Steps<Findings> {
    const redone = this.#redone(sums, circumstances)
    this.#circumstances = circumstances
    this.#leaveOutYoung(sums, circumstances)
    for (const id of this.#results.keys()) {
      if (sums.cell(id) === undefined) this.#results.delete(id)
    }
    if (redone.taskTypes.size > 0) {
      const byTaskType = idsByTaskType(sums)
      yield* this.#workOut(redone, byTaskType, sums)
      yield* this.#judgeAcrossCells(byTaskType, sums)
      const metrics = this.#inOrder(sums).map((result) => result.metrics)
      this.#similarity = yield* learnSimilarity(metrics)
      this.#dependence = yield* learnDependence(metrics)
    }
    const results = this.#inOrder(sums)
    return {
      cells: results.map(({ metrics }) => metrics).filter(isWorthKeeping),
      quarantines: results.flatMap(({ quarantines }) => quarantines),
      differences: results.flatMap(({ differences }) => differences),
      similarity: this.#similarity,
      dependence: this.#dependence,
      late: [...(circumstances.comparedFrom?.keys() ?? [])],
      bases: new Map(this.#bases),
      tokens: new Map(this.#tokens),
      outcomes: results.reduce((sum, { outcomes }) => sum + outcomes, 0),
    }
  }

  /** All cells of a task type follow from each other. */
  #redone(sums: WindowSums, circumstances: Circumstances): Redone {
    const changed = new Set(sums.takeChanged())
    if (!areSame(this.#circumstances, circumstances)) {
      const all = sums.ids.map((id) => sums.cell(id)?.name.taskType ?? '')
      return { taskTypes: new Set(all), changed: new Set(sums.ids) }
    }
    const taskTypes = new Set<string>()
    for (const id of changed) {
      const { taskType } = sums.cell(id)?.name ?? this.#results.get(id)?.metrics ?? {}
      if (taskType !== undefined) taskTypes.add(taskType)
    }
    return { taskTypes, changed }
  }

  *#workOut(
    { taskTypes, changed }: Redone,
    byTaskType: ReadonlyMap<string, readonly string[]>,
    sums: WindowSums,
  ): Steps<void> {
    const {
      verdicts = new Map(),
      knowsDraws = true,
      missing = new Map(),
      untimed = new Map(),
      leftOut = new Map(),
    } = this.#circumstances ?? {}
    for (const taskType of taskTypes) {
      const ids = byTaskType.get(taskType) ?? []
      const cells = ids.map((id) => sums.cell(id)).filter((cell) => cell !== undefined)
      const { task, planned } = yield* planTask(cells, {
        verdicts,
        mostlyOutvoted: this.#mostlyOutvoted,
        knowsDraws,
        missing,
        untimed: untimed.get(taskType),
        leftOut,
      })
      const metrics: (CellMetrics | undefined)[] = []
      const tokens: InstanceTokens[] = []
      for (const [at, cell] of cells.entries()) {
        const id = ids[at]
        const { judgement, plan } = planned[at] ?? {}
        if (judgement === undefined || plan === undefined || id === undefined) continue
        const known = this.#results.get(id)
        const result = this.#resultOf(cell, judgement, plan, changed.has(id) ? undefined : known)
        this.#results.set(id, withKnownParts(result, known))
        metrics[at] = result.metrics
        for (const one of result.tokens) tokens.push(one)
        yield
      }
      if (cells.length === 0) this.#bases.delete(taskType)
      else this.#bases.set(taskType, baseOfTask(metrics, task))
      const typical = typicalTokens(tokens)
      if (typical === undefined) this.#tokens.delete(taskType)
      else this.#tokens.set(taskType, typical)
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
  *#judgeAcrossCells(
    byTaskType: ReadonlyMap<string, readonly string[]>,
    sums: WindowSums,
  ): Steps<void> {
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
    const taskTypes = new Set<string>()
    for (const id of sums.ids) {
      const cell = sums.cell(id)
      const found = cell?.instancesAmong(turned).next()
      if (cell !== undefined && found?.done !== true) taskTypes.add(cell.name.taskType)
    }
    yield* this.#workOut({ taskTypes, changed: new Set() }, byTaskType, sums)
  }

  /** @param known What is known where the sums are the same as then. */
  #resultOf(
    cell: CellSums,
    { leftOut, ...judgement }: Judgement,
    plan: Plan,
    known: CellResult | undefined,
  ): CellResult {
    if (known !== undefined && isDeepStrictEqual(known.plan, plan)) {
      return { ...known, ...judgement }
    }
    const instances = cell.instances()
    const hour = this.#circumstances?.hour ?? new Date(0)
    return {
      ...judgement,
      plan,
      metrics: cellMetrics(cell.name, instances, { ...this.#options, ...plan, hour }),
      tokens: tokensOfInstances(instances, plan.leftOut),
      outcomes: instances.reduce((sum, { samples }) => sum + samples, 0),
    }
  }

  #inOrder(sums: WindowSums): readonly CellResult[] {
    return sums.ids.map((id) => this.#results.get(id)).filter((result) => result !== undefined)
  }
}

function idsByTaskType(sums: WindowSums): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>()
  for (const id of sums.ids) {
    const { taskType = '' } = sums.cell(id)?.name ?? {}
    const known = groups.get(taskType)
    if (known === undefined) groups.set(taskType, [id])
    else known.push(id)
  }
  return groups
}

function isWorthKeeping(cell: CellMetrics): boolean {
  const { samples, transportFailures, quarantinedSamples, fadedEvidence } = cell
  return (
    samples + transportFailures + quarantinedSamples > 0 ||
    // Of answers without a verdict only this is known.
    cell.avgResponseTimeMs !== null ||
    cell.avgCostUsd !== null ||
    fadedEvidence >= LEAST_FADED_EVIDENCE
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
