// A fleet's requests over days: what they ask for and what models cost changes, and models appear.
import type { Random } from '@winrate/demo/random/seeded-random'
import { normal, shareBelow } from '../prices/priced-world.ts'

export const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** One decision to be made. */
export interface Request {
  readonly atMs: number
  readonly instance: number
  readonly task: number
  /** Its calls cost so many times the mean. */
  readonly size: number
}

export interface ChangingWorld {
  readonly models: number
  readonly tasks: number
  readonly instances: number
  readonly days: number
  /** In order of time. */
  readonly requests: readonly Request[]
  success(task: number, model: number): number
  /** Mean cost of a call in US dollars at that time. */
  costUsd(task: number, model: number, atMs: number): number
  isThere(model: number, atMs: number): boolean
}

export interface WorldSize {
  readonly models: number
  readonly tasks: number
  readonly instances: number
  readonly days: number
  readonly decisionsPerDay: number
}

/** Spread of the logarithm of what calls of one model and task type cost. */
const SPREAD = 0.8
const MIXES_PER_DAY = 3
const JUMPS_PER_DAY = 2

export function drawChangingWorld(size: WorldSize, random: Random): ChangingWorld {
  const { models, tasks, instances, days, decisionsPerDay } = size
  const many = <Of>(count: number, make: (at: number) => Of) =>
    Array.from({ length: count }, (_, at) => make(at))
  const between = (least: number, most: number) => least + (most - least) * random()
  const spans = days * DAY_MS
  const quality = many(models, () => normal(random))
  const prices = quality.map((one) => {
    const dearness = shareBelow(0.7 * one + Math.sqrt(1 - 0.49) * normal(random))
    return 0.001 * 200 ** dearness
  })
  const tokens = many(tasks, () => 10 ** between(-0.7, 0.7))
  const rates = many(tasks, () => {
    const [least, most] = [between(0.3, 0.6), between(0.7, 0.97)]
    return quality.map(
      (one) => least + (most - least) * shareBelow(0.8 * one + 0.6 * normal(random)),
    )
  })
  // Of each model the times at which its price jumps tenfold, up and down in turn.
  const jumps = many(models, () =>
    many(Math.round((JUMPS_PER_DAY * days) / 2), () => random() * spans).sort((a, b) => a - b),
  )
  const jumping = many(models, () => (random() < 0.5 ? 1 : 0))
  const beginsUp = many(models, () => random() < 0.5)
  const begins = many(models, (at) => (at < 2 ? between(0.2, 0.8) * spans : 0))
  const mixTimes = [0, ...many(MIXES_PER_DAY * days, () => random() * spans).sort((a, b) => a - b)]
  const mixes = mixTimes.map(() => many(tasks, () => -Math.log(1 - random())))
  const leanings = many(instances, () => many(tasks, () => -Math.log(1 - random())))
  const activity = many(instances, () => between(0.3, 1.7))
  const requests = many(days * decisionsPerDay, () => random() * spans)
    .sort((a, b) => a - b)
    .flatMap((atMs): Request[] => {
      // Half as many at night as by day.
      if (random() > 0.75 + 0.25 * Math.sin((2 * Math.PI * (atMs % DAY_MS)) / DAY_MS)) return []
      const instance = pick(activity, random())
      const mix = mixes[mixTimes.findLastIndex((time) => time <= atMs)] ?? []
      const weights = mix.map((weight, task) => weight * (leanings[instance]?.[task] ?? 1))
      const draw = normal(random)
      const spread = Math.exp(SPREAD * draw - SPREAD ** 2 / 2)
      return [{ atMs, instance, task: pick(weights, random()), size: spread }]
    })
  const isUp = (model: number, atMs: number) => {
    if (jumping[model] === 0) return false
    const passed = jumps[model]?.filter((time) => time <= atMs).length ?? 0
    return (passed % 2 === 1) !== (beginsUp[model] === true)
  }
  return {
    ...{ models, tasks, instances, days, requests },
    success: (task, model) => rates[task]?.[model] ?? 0,
    costUsd: (task, model, atMs) =>
      (prices[model] ?? 0) * (tokens[task] ?? 0) * (isUp(model, atMs) ? 10 : 1),
    isThere: (model, atMs) => atMs >= (begins[model] ?? 0),
  }
}

function pick(weights: readonly number[], uniform: number): number {
  let left = uniform * weights.reduce((sum, one) => sum + one, 0)
  for (const [at, weight] of weights.entries()) {
    left -= weight
    if (left < 0) return at
  }
  return weights.length - 1
}

/** What choosing by the truth would bring at a fixed price of a dollar. */
export function bestAt(world: ChangingWorld, usdPrice: number): { success: number; usd: number } {
  const cells = new Map<string, { success: number; usd: number }>()
  let success = 0
  let usd = 0
  for (const { atMs, task, size } of world.requests) {
    const key = `${task} ${Math.floor(atMs / HOUR_MS)}`
    let best = cells.get(key)
    if (best === undefined) {
      let most = Number.NEGATIVE_INFINITY
      for (let model = 0; model < world.models; model += 1) {
        if (!world.isThere(model, atMs)) continue
        const [rate, cost] = [world.success(task, model), world.costUsd(task, model, atMs)]
        if (rate - usdPrice * cost <= most) continue
        most = rate - usdPrice * cost
        best = { success: rate, usd: cost }
      }
      best ??= { success: 0, usd: 0 }
      cells.set(key, best)
    }
    success += best.success
    usd += best.usd * size
  }
  const count = world.requests.length
  return { success: success / count, usd: usd / count }
}

/** The fixed price of a dollar at which the best choice costs so much on average, known beforehand. */
export function bestPrice(world: ChangingWorld, usdPerCall: number): number {
  let [low, high] = [-6, 14]
  for (let step = 0; step < 30; step += 1) {
    const middle = (low + high) / 2
    if (bestAt(world, Math.exp(middle)).usd > usdPerCall) low = middle
    else high = middle
  }
  return Math.exp(high)
}
