// What changes in prices from one catalogue to another, for people to read before they publish it.
import type { CatalogueEntry } from '@winrate/shared-schema/contracts'

/** One line for each model that comes, goes or has another price, in the order of names. */
export function comparePrices(
  before: readonly CatalogueEntry[],
  after: readonly CatalogueEntry[],
): readonly string[] {
  const [old, now] = [before, after].map((entries) => new Map(entries.map((one) => [one.key, one])))
  const keys = [...new Set([...before, ...after].map(({ key }) => key))].sort()
  return keys.flatMap((key) => {
    const [one, other] = [old?.get(key), now?.get(key)]
    if (one === undefined) return [`+ ${key}: ${listPrices(pricesOf(other))}`]
    if (other === undefined) return [`- ${key}: ${listPrices(pricesOf(one))}`]
    const [had, has] = [pricesOf(one), pricesOf(other)]
    const changes = [...new Set([...had.keys(), ...has.keys()])]
      .filter((name) => had.get(name) !== has.get(name))
      .map((name) => `${name} ${had.get(name) ?? 'unknown'} → ${has.get(name) ?? 'unknown'}`)
    return changes.length === 0 ? [] : [`~ ${key}: ${changes.join(', ')}`]
  })
}

function listPrices(prices: ReadonlyMap<string, number>): string {
  return [...prices].map(([name, usd]) => `${name} ${usd}`).join(', ') || 'no price'
}

/** In US dollars per million tokens, by what they are for. */
function pricesOf(entry: CatalogueEntry | undefined): ReadonlyMap<string, number> {
  const prices = new Map<string, number>()
  const { longContext = [], ...base } = entry ?? {}
  for (const tier of [base, ...longContext]) {
    const above = 'aboveTokens' in tier ? ` above ${tier.aboveTokens}` : ''
    for (const [name, what] of Object.entries(priced)) {
      const usd: unknown = Reflect.get(tier, name)
      if (typeof usd === 'number') prices.set(`${what}${above}`, usd)
    }
  }
  return prices
}

const priced = {
  inputUsdPerMTokens: 'input',
  cacheReadUsdPerMTokens: 'cache read',
  cacheWriteUsdPerMTokens: 'cache write',
  outputUsdPerMTokens: 'output',
}
