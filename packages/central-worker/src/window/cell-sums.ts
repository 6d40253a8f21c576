// The sums of one cell by instance and span, in one flat array, which takes a third of the memory that
// objects would. `instances` makes objects of them when the cell's results are worked out.
import type { CellName } from '@winrate/shared-schema/contracts'
import { valueAt } from '../runtime/value-at.ts'
import { type BlockCounts, BlockSums, type WindowClock } from './block-sums.ts'
import {
  addSums,
  hasAny,
  type InstanceSums,
  LEAST_COUNT,
  noSums,
  type OutcomeSums,
  SUM_NAMES,
  sumsAt,
} from './outcome-sums.ts'
import type { CellHour } from './read-rollups.ts'
import { FADED_SPAN, WINDOW_SPANS } from './window-spans.ts'

const SUMS = SUM_NAMES.length
/** An instance's sums, span by span. */
const ROW = SUMS * (FADED_SPAN + 1)
const SAMPLES = SUM_NAMES.indexOf('samples')
const SUCCESSES = SUM_NAMES.indexOf('successes')
const DRAWN = SUM_NAMES.indexOf('drawnSamples')

/** Spans of `InstanceCounts`: those of the window, and the faded one last. */
export const COUNTED_SPANS = FADED_SPAN + 1

/**
 * Stands for all instances of a cell that are not told apart. No outcome can name it: instance ids have at
 * least one character.
 */
export const OTHER_INSTANCES = ''

/** Instances that each cell tells apart even where the window has no room left. */
const ALWAYS_APART = 20

/** How many instances all cells of a window tell apart. */
export interface InstanceRoom {
  readonly perCell: number
  readonly inAll: number
  /** Always told apart. */
  readonly judged: ReadonlySet<string>
  taken: number
  /** Whether instances of a cell count together because there was no room. */
  isExceeded: boolean
}

/** Outcomes of the instances of a cell: `COUNTED_SPANS` numbers for each instance. */
export interface InstanceCounts extends BlockCounts {
  readonly instanceIds: readonly string[]
  readonly samples: Float64Array
  readonly successes: Float64Array
  /** Drawn ones of each instance, in the window. */
  readonly drawn: Float64Array
}

export class CellSums {
  readonly name: CellName
  /**
   * The first span whose outcomes can be compared: of younger decisions only those are known that have the verdict
   * which arrives sooner.
   */
  comparedFrom = 0
  readonly #room: InstanceRoom
  /** The row of each instance. */
  #rows = new Map<string, number>()
  #sums = new Float64Array(2 * ROW)
  readonly #blocks: BlockSums

  constructor(name: CellName, room: InstanceRoom, clock: WindowClock) {
    this.name = name
    this.#room = room
    this.#blocks = new BlockSums(clock)
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0
  }

  /** The instance that alone reports the cell; undefined where there are several, or none. */
  get onlyInstance(): string | undefined {
    return this.#rows.size === 1 ? this.#rows.keys().next().value : undefined
  }

  add({ instanceIds, sums }: CellHour, span: number, weight: number): void {
    for (const [at, instanceId] of instanceIds.entries()) {
      const begin = this.#rowOf(instanceId) * ROW + span * SUMS
      for (let sum = 0; sum < SUMS; sum += 1) {
        this.#addAt(begin + sum, weight * valueAt(sums, at * SUMS + sum))
      }
    }
  }

  /** Adds rollups of the window to their block. */
  addToBlock({ instanceIds, sums, hour }: CellHour): void {
    if (!this.#blocks.has(hour)) return
    for (const [at, instanceId] of instanceIds.entries()) {
      const [samples, successes] = [
        valueAt(sums, at * SUMS + SAMPLES),
        valueAt(sums, at * SUMS + SUCCESSES),
      ]
      this.#blocks.add(this.#rowOf(instanceId), hour, samples, successes)
    }
  }

  beginBlock(): void {
    this.#blocks.begin()
  }

  /** Multiplies what has left the window. */
  fade(factor: number): void {
    const sums = this.#sums
    for (let row = 0; row < this.#rows.size; row += 1) {
      const begin = row * ROW + FADED_SPAN * SUMS
      for (let at = begin; at < begin + SUMS; at += 1) sums[at] = valueAt(sums, at) * factor
    }
  }

  /** Moves everything that a span holds to another span, or drops it. */
  shift(from: number, to: number | undefined): void {
    const sums = this.#sums
    for (let row = 0; row < this.#rows.size; row += 1) {
      const begin = row * ROW
      for (let sum = 0; sum < SUMS; sum += 1) {
        const source = begin + from * SUMS + sum
        if (to !== undefined) this.#addAt(begin + to * SUMS + sum, valueAt(sums, source))
        sums[source] = 0
      }
    }
  }

  /** Sets rounding errors to 0, and drops the instances that have nothing else. */
  tidy(): void {
    const kept = new Map<string, number>()
    for (const [instanceId, row] of this.#rows) {
      let isEmpty = true
      for (let span = 0; span <= FADED_SPAN; span += 1) {
        const begin = row * ROW + span * SUMS
        const sums = sumsAt(this.#sums, begin) ?? noSums()
        for (const [sum, name] of SUM_NAMES.entries()) this.#sums[begin + sum] = sums[name]
        if (hasAny(sums)) isEmpty = false
      }
      if (!isEmpty) kept.set(instanceId, row)
    }
    if (kept.size === this.#rows.size) return
    this.#room.taken -= this.#rows.size - kept.size
    this.#blocks.keep([...kept.values()])
    const sums = new Float64Array(Math.max(2, kept.size) * ROW)
    this.#rows = new Map()
    for (const [instanceId, row] of kept) {
      sums.set(this.#sums.subarray(row * ROW, (row + 1) * ROW), this.#rows.size * ROW)
      this.#rows.set(instanceId, this.#rows.size)
    }
    this.#sums = sums
  }

  /** Those of the named instances that the cell has; goes through whichever are fewer. */
  *instancesAmong(named: {
    readonly size: number
    keys(): Iterable<string>
    has(instanceId: string): boolean
  }): Generator<string> {
    const [fewer, more] = named.size < this.#rows.size ? [named, this.#rows] : [this.#rows, named]
    for (const instanceId of fewer.keys()) if (more.has(instanceId)) yield instanceId
  }

  /** Outcomes of an instance in the window that count, before anything is left out. */
  samplesOf(instanceId: string): number {
    const row = this.#rows.get(instanceId)
    if (row === undefined) return 0
    let samples = 0
    for (let span = 0; span < WINDOW_SPANS; span += 1) {
      samples += valueAt(this.#sums, row * ROW + span * SUMS + SAMPLES)
    }
    return Math.max(0, samples)
  }

  /** In order of their names. */
  instances(): InstanceSums[] {
    const instances: InstanceSums[] = []
    for (const [instanceId, row] of [...this.#rows].sort(byName)) {
      const spans: (OutcomeSums | undefined)[] = []
      let young: OutcomeSums | undefined
      let samples = 0
      let successes = 0
      for (let span = 0; span <= FADED_SPAN; span += 1) {
        const sums = sumsAt(this.#sums, row * ROW + span * SUMS)
        const isYoung = span < this.comparedFrom
        spans.push(isYoung ? undefined : sums)
        if (sums === undefined || span === FADED_SPAN) continue
        if (isYoung) {
          young ??= noSums()
          addSums(young, sums)
        }
        samples += sums.samples
        successes += sums.successes
      }
      if (young === undefined && spans.every((span) => span === undefined)) continue
      // A correction that is being applied may leave a sum below zero for a moment.
      samples = Math.max(0, samples)
      successes = Math.min(samples, Math.max(0, successes))
      instances.push({ instanceId, spans, young, samples, successes })
    }
    return instances
  }

  /** Outcomes of each instance by span, in order of names, without those of decisions that are too young. */
  counts(): InstanceCounts {
    // Until an hour ends, one whose outcomes were all corrected away keeps its row.
    const rows = [...this.#rows].filter(([, row]) => this.#hasCounts(row)).sort(byName)
    const samples = new Float64Array(rows.length * COUNTED_SPANS)
    const successes = new Float64Array(rows.length * COUNTED_SPANS)
    const drawn = new Float64Array(rows.length)
    for (const [at, [, row]] of rows.entries()) {
      for (let span = this.comparedFrom; span < COUNTED_SPANS; span += 1) {
        const begin = row * ROW + span * SUMS
        const count = valueAt(this.#sums, begin + SAMPLES)
        if (count < LEAST_COUNT) continue
        samples[at * COUNTED_SPANS + span] = withoutNoise(count)
        const wins = withoutNoise(valueAt(this.#sums, begin + SUCCESSES))
        successes[at * COUNTED_SPANS + span] = Math.min(withoutNoise(count), Math.max(0, wins))
        if (span === FADED_SPAN) continue
        const chosen = withoutNoise(valueAt(this.#sums, begin + DRAWN))
        drawn[at] = valueAt(drawn, at) + Math.min(count, Math.max(0, chosen))
      }
    }
    const blocks = this.#blocks.counts(
      rows.map(([, row]) => row),
      this.comparedFrom,
    )
    const instanceIds = rows.map(([instanceId]) => instanceId)
    return { instanceIds, samples, successes, drawn, ...blocks }
  }

  #hasCounts(row: number): boolean {
    for (let span = this.comparedFrom; span < COUNTED_SPANS; span += 1) {
      if (valueAt(this.#sums, row * ROW + span * SUMS + SAMPLES) >= LEAST_COUNT) return true
    }
    return false
  }

  #addAt(at: number, value: number): void {
    this.#sums[at] = valueAt(this.#sums, at) + value
  }

  #rowOf(instanceId: string): number {
    const known = this.#rows.get(instanceId)
    if (known !== undefined) return known
    if (instanceId !== OTHER_INSTANCES && !this.#hasRoomFor(instanceId)) {
      this.#room.isExceeded = true
      return this.#rowOf(OTHER_INSTANCES)
    }
    this.#room.taken += 1
    const row = this.#rows.size
    this.#rows.set(instanceId, row)
    if ((row + 1) * ROW > this.#sums.length) {
      const sums = new Float64Array(Math.ceil(row * 1.5) * ROW)
      sums.set(this.#sums)
      this.#sums = sums
      this.#blocks.grow(Math.ceil(row * 1.5))
    }
    return row
  }

  #hasRoomFor(instanceId: string): boolean {
    const count = this.#rows.size
    if (count < ALWAYS_APART || this.#room.judged.has(instanceId)) return true
    return count < this.#room.perCell && this.#room.taken < this.#room.inAll
  }
}

/** Judgements compare counts with limits: what one order of additions leaves by rounding must not tip them. */
function withoutNoise(count: number): number {
  return Math.round(count * 1e6) / 1e6
}

function byName([one]: readonly [string, number], [other]: readonly [string, number]): number {
  return one < other ? -1 : 1
}
