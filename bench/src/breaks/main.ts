// Measures how often aggregation reports a break or a bad instance where there is none, and how soon it
// reports a real break: the tables of docs/learning-appendix.md. Runs the worker's own aggregation on seeded outcomes.
//
//   npm run bench:breaks
import type { Findings } from '@winrate/central-worker/testing'
import { type Random, seededRandom } from '@winrate/demo/random/seeded-random'
import { HOUR_MS } from '../learning/fleet/rhythm.ts'
import { createRollupStore } from '../learning/winrate/rollup-store.ts'

const INSTANCES = 20
const DAYS = 14
const WEEK_HOURS = 168

interface Watch {
  readonly seed: number
  readonly cells: number
  readonly perHour: number
  readonly rateAt: (hour: number) => number
  /** Hours between two looks. */
  readonly lookEvery: number
  /** Hour of the first look. */
  readonly fromHour: number
  /** Returns false to end the watch. */
  readonly onLook: (window: Findings, hour: number) => boolean
}

function watch({ seed, cells, perHour, rateAt, lookEvery, fromHour, onLook }: Watch): void {
  const random = seededRandom(seed)
  const store = createRollupStore()
  for (let hour = lookEvery; hour <= DAYS * 24; hour += lookEvery) {
    for (let cell = 0; cell < cells; cell += 1) {
      for (let left = poisson(perHour * lookEvery, random); left > 0; left -= 1) {
        const atMs = (hour - lookEvery * random()) * HOUR_MS
        store.count(outcome(`model-${cell}`, random() < rateAt(atMs / HOUR_MS), random), atMs)
      }
    }
    if (hour < fromHour) continue
    if (!onLook(store.findings(hour * HOUR_MS), hour)) return
  }
}

function outcome(model: string, success: boolean, random: Random) {
  return {
    task_type: 'coding',
    model_name: model,
    success,
    instance_id: `instance-${Math.floor(random() * INSTANCES)}`,
  }
}

/** Knuth 1969. */
function poisson(mean: number, random: Random): number {
  const limit = Math.exp(-mean)
  let count = -1
  for (let product = 1; product > limit; count += 1) product *= random()
  return count
}

function falseAlarms(perHour: number, rate: number): string {
  const cells = 3
  const seeds = 12
  let looks = 0
  let broken = 0
  let breaks = 0
  let quarantines = 0
  for (let seed = 1; seed <= seeds; seed += 1) {
    let before = new Set<string>()
    watch({
      ...{ seed, cells, perHour, rateAt: () => rate, lookEvery: 0.5, fromHour: 1 },
      onLook(window) {
        const now = new Set<string>()
        for (const { modelName, changedAt } of window.cells) {
          looks += 1
          if (changedAt === null) continue
          broken += 1
          now.add(modelName)
          if (!before.has(modelName)) breaks += 1
        }
        for (const { modelName, instanceId } of window.quarantines) {
          const id = `${modelName} ${instanceId}`
          now.add(id)
          if (!before.has(id)) quarantines += 1
        }
        before = now
        return true
      },
    })
  }
  const cellWeeks = (seeds * cells * DAYS) / 7
  const perWeek = (count: number) => (count / cellWeeks).toFixed(2)
  const share = ((100 * broken) / looks).toFixed(2)
  return `${perHour} per hour at ${rate}: ${perWeek(breaks)} false breaks per cell and week (${share} % of the time), ${perWeek(quarantines)} false quarantines`
}

function delay(perHour: number, before: number, after: number): string {
  const delays = Array.from({ length: 20 }, (_, at) => {
    const breaksAt = WEEK_HOURS + (at % 10) / 10
    let found = Number.POSITIVE_INFINITY
    watch({
      ...{ seed: at + 1, cells: 1, perHour, lookEvery: 1 / 12, fromHour: breaksAt },
      rateAt: (hour) => (hour < breaksAt ? before : after),
      onLook({ cells: [cell] }, hour) {
        if (cell?.changedAt === null || cell === undefined) return true
        found = hour - breaksAt
        return false
      },
    })
    return found
  }).sort((one, other) => one - other)
  const median = ((delays[9] ?? 0) + (delays[10] ?? 0)) / 2
  return `${perHour} per hour, ${before} to ${after}: found after ${median.toFixed(1)} hours (median of 20), ${Math.round(median * perHour)} outcomes`
}

for (const [perHour, rate] of [
  [1, 0.8],
  [5, 0.8],
  [20, 0.8],
  [100, 0.8],
  [20, 0.97],
  [5, 0.5],
] as const) {
  process.stdout.write(`${falseAlarms(perHour, rate)}\n`)
}
for (const [perHour, before, after] of [
  [113, 0.78, 0.45],
  [20, 0.8, 0.5],
  [5, 0.8, 0.2],
  [1, 0.8, 0.2],
] as const) {
  process.stdout.write(`${delay(perHour, before, after)}\n`)
}
