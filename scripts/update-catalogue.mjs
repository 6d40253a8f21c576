// Writes the built-in list prices from those that @pydantic/genai-prices collects (MIT licence, facts only), and prints
// what changes. To get newer ones, first: npx pnpm add -D -w --save-exact @pydantic/genai-prices@latest
//   Deterministic: the same version of the package gives the same file, on any day. `--check` only compares.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findProvider } from '@pydantic/genai-prices'
import { comparePrices } from '../packages/central-worker/dist/prices/compare-prices.js'

const file = fileURLToPath(
  new URL('../packages/central-worker/src/prices/built-in-prices.ts', import.meta.url),
)
const manifest = fileURLToPath(new URL('../package.json', import.meta.url))
const { devDependencies } = JSON.parse(readFileSync(manifest, 'utf8'))
const source = `@pydantic/genai-prices ${devDependencies['@pydantic/genai-prices']}`

const providers =
  'anthropic openai google xai deepseek mistral moonshotai minimax cohere zai perplexity groq cerebras fireworks together bedrock azure openrouter'
/** Where they name a provider otherwise. */
const theirNames = { xai: 'x-ai', bedrock: 'aws' }

/** Prices: their names, and ours. */
const names = {
  input_mtok: 'inputUsdPerMTokens',
  output_mtok: 'outputUsdPerMTokens',
  cache_read_mtok: 'cacheReadUsdPerMTokens',
  cache_write_mtok: 'cacheWriteUsdPerMTokens',
}

// Prices with a date count from the day of the list on.
const present = readFileSync(file, 'utf8')
const [, presentSource, presentDay] = /source: "(.*)", asOf: "(.*)"/.exec(present) ?? []
const asOf = presentSource === source ? presentDay : new Date().toISOString().slice(0, 10)
const entries = providers.split(' ').flatMap((provider) => {
  const found = findProvider({ providerId: theirNames[provider] ?? provider })
  if (found === undefined) throw new Error(`${source} has no provider ${provider}`)
  return found.models.flatMap((model) => entryOf(model, provider) ?? [])
})
const before = present
  .split('\n')
  .filter((line) => line.startsWith('{'))
  .map((line) => JSON.parse(line.slice(0, -1)))
const changes = comparePrices(before, entries)
const text = `// Written by \`npm run catalogue:update\`: list prices by provider and model, a model a line.
import type { CatalogueEntry } from '@winrate/shared-schema/contracts'

/** Where the prices come from, and the day of the list. */
export const builtInSource = { source: ${JSON.stringify(source)}, asOf: "${asOf}" }

export const builtInPrices: readonly CatalogueEntry[] = [
${entries.map((entry) => `${JSON.stringify(entry)},`).join('\n')}
]
`
console.log(changes.join('\n'))
console.log(`${entries.length} models, ${changes.length} changes (${source}, ${asOf})`)
if (!process.argv.includes('--check')) writeFileSync(file, text)
else if (text !== present) process.exitCode = 1

/** Undefined for what has no price of input and output tokens: embeddings, images, speech. */
function entryOf(model, provider) {
  const prices = pricesNow(model.prices)
  const base = pricesAbove(prices, 0)
  if (base.inputUsdPerMTokens === undefined || base.outputUsdPerMTokens === undefined) return
  const starts = [...new Set(tiersOf(prices).map(({ start }) => start))].sort(
    (one, other) => one - other,
  )
  const aliases = [...new Set(namesIn(model.match))].filter((name) => name !== model.id).sort()
  return {
    key: `${provider}/${model.id}`,
    provider,
    model: model.id,
    ...(aliases.length > 0 && { aliases }),
    ...base,
    ...(starts.length > 0 && {
      longContext: starts.map((start) => ({ aboveTokens: start, ...pricesAbove(prices, start) })),
    }),
    ...(model.context_window !== undefined && { contextTokens: model.context_window }),
  }
}

/** The prices of the day. Those of hours are left out: a call does not say when it was. */
function pricesNow(prices) {
  if (!Array.isArray(prices)) return prices
  const begun = prices.filter(
    ({ constraint }) =>
      constraint === undefined ||
      (constraint.type === 'start_date' && constraint.start_date <= asOf),
  )
  return begun.at(-1)?.prices ?? {}
}

function tiersOf(prices) {
  return Object.keys(names).flatMap((name) => prices[name]?.tiers ?? [])
}

function pricesAbove(prices, tokens) {
  return Object.fromEntries(
    Object.entries(names).flatMap(([theirs, ours]) => {
      const price = prices[theirs]
      if (price === undefined) return []
      if (typeof price === 'number') return tokens === 0 ? [[ours, price]] : []
      const tier = price.tiers.findLast(({ start }) => start <= tokens && tokens > 0)
      return [[ours, tier?.price ?? price.base]]
    }),
  )
}

/** Names that a model is matched by. What only a pattern says is left to Winrate's own rules of names. */
function namesIn(match) {
  if (match.or !== undefined) return match.or.flatMap(namesIn)
  const name = match.equals ?? match.starts_with
  return name === undefined || name.length > 200 ? [] : [name]
}
