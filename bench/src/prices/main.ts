// Measures what preferences for cost do to success and cost, over simulated worlds of priced models: the table of
// decision 50.
//
//   npm run bench:prices -- [WORLDS] [PART OF A WORLD'S NAME] [PART OF A RULE'S NAME]
import { seededRandom } from '@winrate/demo/random/seeded-random'
import type { Policy } from '@winrate/shared-schema/contracts'
import { writtenPolicySchema } from '@winrate/shared-schema/scoring'
import { derivedSeed } from '../learning/random/derived-seed.ts'
import { meanInterval } from '../learning/statistics/mean-interval.ts'
import { runFleet, type Spent } from './priced-fleet.ts'
import { drawWorld, type PricedModel, type WorldShape } from './priced-world.ts'

const DECISIONS = 20_000
const [worlds = '12', onlyShape = '', onlyRule = ''] = process.argv.slice(2)

const usual: WorldShape = {
  models: 24,
  success: [0.45, 0.745],
  costUsd: [0.01, 1.5],
  correlation: 0.6,
}
const shapes: Readonly<Record<string, WorldShape>> = {
  'correlation 0.6': usual,
  'correlation 0': { ...usual, correlation: 0 },
  'correlation 0.9': { ...usual, correlation: 0.9 },
  'success 0.65 to 0.745': { ...usual, success: [0.65, 0.745] },
  '$0.0005 to $0.05': { ...usual, costUsd: [0.0005, 0.05] },
  '6 models': { ...usual, models: 6 },
}
/** Values of the policy `thompson`. */
const rules: Readonly<Record<string, object>> = {
  default: {},
  'costWeight 0': { costWeight: 0 },
  "prefer: 'cost'": { prefer: 'cost' },
  'within 1 point': { prefer: { within: 0.01, then: 'cost' } },
  'within 2 points': { prefer: { within: 0.02, then: 'cost' } },
  'within 5 points': { prefer: { within: 0.05, then: 'cost' } },
  'within 2, confidence 0.9': { prefer: { within: 0.02, then: 'cost', confidence: 0.9 } },
  'within 3, confidence 0.7': { prefer: { within: 0.03, then: 'cost', confidence: 0.7 } },
  'valueUsd 1': { valueUsd: 1 },
  'valueUsd 5': { valueUsd: 5 },
  'valueUsd 20': { valueUsd: 20 },
}

for (const [name, shape] of Object.entries(shapes)) {
  if (!name.includes(onlyShape)) continue
  const drawn = Array.from({ length: Number(worlds) }, (_, at) =>
    drawWorld(shape, seededRandom(derivedSeed(at + 1, name))),
  )
  report(name, 'best known beforehand', drawn.map(bestOf))
  for (const [rule, values] of Object.entries(rules)) {
    if (!rule.includes(onlyRule)) continue
    const policy: Policy = writtenPolicySchema.parse({ kind: 'thompson', ...values })
    const spent = drawn.map((models, at) =>
      runFleet({
        ...{ models, policy, decisions: DECISIONS },
        random: seededRandom(derivedSeed(at + 1, `${name} fleet`)),
      }),
    )
    report(name, rule, spent)
  }
}

function bestOf(models: readonly PricedModel[]): Spent {
  return models.reduce((best, one) => (one.success > best.success ? one : best))
}

function report(world: string, rule: string, spent: readonly Spent[]): void {
  const success = meanInterval(spent.map((one) => 100 * one.success))
  const cost = meanInterval(spent.map(({ costUsd }) => costUsd))
  const [low, high] = success.ci
  const figures = `${success.mean.toFixed(1)} ± ${((high - low) / 2).toFixed(1)} %  $${cost.mean.toPrecision(3)}`
  process.stdout.write(`${world}  ${rule.padEnd(26)}${figures}\n`)
}
