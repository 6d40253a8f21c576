// Measures how far a fleet that keeps to a budget exceeds it, over simulated days in which prices jump tenfold up and down, the
// mix of task types changes and models appear: the table of decision 78. "best fixed" knows the whole run beforehand: the price of
// a dollar at which choosing by the truth costs as much as the budget allows; "same, learning" is a fleet with that fixed price.
//
//   npm run bench:budget -- [SEEDS] [PART OF A RULE'S NAME]
import type { BudgetSetting } from '@winrate/central-worker/testing'
import { seededRandom } from '@winrate/demo/random/seeded-random'
import { writtenPolicySchema } from '@winrate/shared-schema/scoring'
import { derivedSeed } from '../learning/random/derived-seed.ts'
import { meanInterval } from '../learning/statistics/mean-interval.ts'
import { bestAt, bestPrice, drawChangingWorld } from './changing-world.ts'
import { runPacedFleet, type Spent } from './paced-fleet.ts'

const [seeds = '20', only = ''] = process.argv.slice(2)
const size = { models: 8, tasks: 5, instances: 20, days: 2, decisionsPerDay: 27_000 }
const policy = writtenPolicySchema.parse({ kind: 'thompson' })
const TICK_MS = 180_000
/** Of what choosing by the truth costs without a budget. */
const SHARES = [0.3]
/** How long after their decisions outcomes are reported, on average. */
const SHORT_LAG_MS = 30_000
const LONG_LAG_MS = 600_000

interface Row {
  /** Of the run, in percent. */
  readonly over: number
  readonly worstDay: number
  readonly success: number
}

const rows = new Map<string, Row[]>()

for (let seed = 1; seed <= Number(seeds); seed += 1) {
  const world = drawChangingWorld(size, seededRandom(derivedSeed(seed, 'budget')))
  const free = bestAt(world, 0)
  for (const share of SHARES) {
    const usd = Math.max(share * free.usd, 1.5 * bestAt(world, 1e9).usd)
    const usdPrice = bestPrice(world, usd)
    const best = bestAt(world, usdPrice)
    note(`${share} best fixed`, usd, { ...best, days: [{ calls: 1, usd: best.usd }] })
    const perDay = (usd * world.requests.length) / world.days
    const rules: readonly (readonly [string, BudgetSetting | number | undefined, lagMs: number])[] =
      [
        ['no budget', undefined, SHORT_LAG_MS],
        ['same, learning', usdPrice, SHORT_LAG_MS],
        ['per call', { per: 'call', usd }, SHORT_LAG_MS],
        ['per call, late', { per: 'call', usd }, LONG_LAG_MS],
        ['per day', { per: 'day', usd: perDay }, SHORT_LAG_MS],
      ]
    for (const [rule, budget, lagMs] of rules) {
      if (!rule.includes(only)) continue
      const random = seededRandom(derivedSeed(seed, `${share} fleet`))
      const spent = runPacedFleet({ world, policy, budget, tickMs: TICK_MS, lagMs, random })
      note(`${share} ${rule}`, usd, spent, rule === 'per day' ? perDay : undefined)
    }
  }
  process.stderr.write(`seed ${seed}\n`)
}

for (const [name, found] of rows) {
  const success = meanInterval(found.map((row) => 100 * row.success))
  const over = meanInterval(found.map((row) => row.over))
  const days = meanInterval(found.map(({ worstDay }) => worstDay))
  const worst = (of: keyof Row) => Math.max(...found.map((row) => row[of])).toFixed(2)
  process.stdout.write(
    `${name.padEnd(32)} run ${over.mean.toFixed(2)} % (worst ${worst('over')})  day ${days.mean.toFixed(2)} % (worst ${worst('worstDay')})  success ${success.mean.toFixed(2)} %\n`,
  )
}

/** @param perDay US dollars of a day, where days are budgeted. */
function note(name: string, usd: number, spent: Spent, perDay?: number): void {
  const known = rows.get(name) ?? []
  rows.set(name, known)
  const percent = (share: number) => 100 * (share - 1)
  const days = spent.days.map((day) => (perDay ? day.usd / perDay : day.usd / day.calls / usd))
  known.push({
    over: percent(perDay ? days.reduce((sum, day) => sum + day, 0) / days.length : spent.usd / usd),
    worstDay: percent(Math.max(...days)),
    success: spent.success,
  })
}
