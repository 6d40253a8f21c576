import { type Random, seededRandom } from '@winrate/demo/random/seeded-random'
import { ratesByDifficulty } from '@winrate/shared-schema/scoring'
import { drawWorld } from '../prices/priced-world.ts'

export interface MadeShape {
  /** How much what one model fails at is hard for the others, 0 to 5. */
  readonly dependence: number
  /** Of success and cost, 0 to 1. */
  readonly correlation: number
  readonly seed: number
  readonly models?: number
  readonly queries?: number
}

/** As CSV: models of prices over two orders of magnitude at requests of one difficulty each. The source says that it is made. */
export function makeOutcomes({ models = 20, queries = 500, ...shape }: MadeShape): string {
  const random = seededRandom(shape.seed)
  const world = {
    success: [0.35, 0.75],
    costUsd: [0.01, 1],
    correlation: shape.correlation,
  } as const
  const priced = drawWorld({ ...world, models }, random)
  const rows = ['source,task,query_id,model,provider,success,quality,latency_ms,cost_usd']
  const successOf = priced.map(({ success }) => successAt(success, shape.dependence))
  for (let query = 0; query < queries; query += 1) {
    const difficulty = normal(random)
    for (const [at, { name, costUsd }] of priced.entries()) {
      const success = random() < (successOf[at]?.(difficulty) ?? 0) ? 1 : 0
      const cost = (costUsd * Math.exp(0.5 * normal(random) - 0.125)).toPrecision(4)
      rows.push(`made,made,q${query},${name},made,${success},,,${cost}`)
    }
  }
  return `${rows.join('\n')}\n`
}

/** σ(a - s·z), with the ability that gives this rate over all requests. */
function successAt(rate: number, dependence: number): (difficulty: number) => number {
  const { success } = ratesByDifficulty(rate, dependence)
  // The difficulties of the quadrature begin at -3.75.
  const [easiest = rate] = success
  const ability = Math.log(easiest / (1 - easiest)) - 3.75 * dependence
  return (difficulty) => 1 / (1 + Math.exp(dependence * difficulty - ability))
}

/** Box and Muller 1958. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
