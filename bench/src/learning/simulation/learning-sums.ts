import type { Learned, LearnedCell, Watch } from '../fleet/fleet.ts'
import { betaShareBelow } from '../statistics/beta-share-below.ts'
import type { Scenario } from './scenario.ts'
import { DAY_MS } from './setting.ts'
import type { Truth } from './truth.ts'

/** What the fleet's own findings were, over one run. */
export interface LearningSums {
  /** Time of honest instances, and the part of it in which their outcomes were left out. */
  readonly honestMs: number
  readonly leftOutMs: number
  /** Time of the cells, and the breaks that were found though the model had not changed. */
  readonly cellMs: number
  readonly falseBreaks: number
  /** Central 90 % intervals of posteriors, and those that contain the truth. */
  readonly intervals: number
  readonly covering: number
}

/** Fewer outcomes are mostly prior. */
const LEAST_OUTCOMES = 30
const INTERVAL = [0.05, 0.95] as const

export function watchLearning(scenario: Scenario, startMs: number, truth: Truth) {
  const { arms, instances, lies } = scenario
  const liars = new Set(lies?.instances)
  const honest = Array.from({ length: instances }, (_, at) => at).filter((at) => !liars.has(at))
  const sums = { honestMs: 0, leftOutMs: 0, cellMs: 0, falseBreaks: 0, intervals: 0, covering: 0 }
  let beforeMs: number | undefined
  let broken: ReadonlySet<string> = new Set()
  let nextDayMs = startMs + DAY_MS

  const watch: Watch = (learned) => {
    const elapsedMs = beforeMs === undefined ? 0 : learned.atMs - beforeMs
    beforeMs = learned.atMs
    sums.honestMs += honest.length * elapsedMs
    sums.leftOutMs += honest.filter((one) => learned.leftOut.has(one)).length * elapsedMs
    countBreaks(learned, elapsedMs)
    if (learned.atMs < nextDayMs) return
    nextDayMs += DAY_MS
    for (const cell of learned.cells) countInterval(learned, cell)
  }

  function countBreaks({ atMs, cells }: Learned, elapsedMs: number): void {
    const now = new Set<string>()
    for (const { taskType, model, isBroken } of cells) {
      const { changesMs = Infinity } = arms[model] ?? {}
      if (model >= arms.length || startMs + changesMs <= atMs) continue
      sums.cellMs += elapsedMs
      if (!isBroken) continue
      const key = `${taskType} ${model}`
      now.add(key)
      if (!broken.has(key)) sums.falseBreaks += 1
    }
    broken = now
  }

  function countInterval(learned: Learned, cell: LearnedCell): void {
    if (cell.outcomes < LEAST_OUTCOMES) return
    const rate = truth.rateOf(cell, learned.atMs - startMs)
    const posterior = learned.posterior(cell)
    if (rate === undefined || posterior === undefined) return
    const below = betaShareBelow(rate, posterior)
    sums.intervals += 1
    if (below >= INTERVAL[0] && below <= INTERVAL[1]) sums.covering += 1
  }

  return {
    watch,
    /** Null where nothing was published. */
    sums: (): LearningSums | null => (beforeMs === undefined ? null : { ...sums }),
  }
}
