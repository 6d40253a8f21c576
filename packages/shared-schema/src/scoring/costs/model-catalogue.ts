// What is known of a model before anything is learned of it, and whose prices count. Clients and the evaluator both
// ask here, so a model without measured costs costs the same to both.
import type { CatalogueEntry } from '../../contracts/catalogue/catalogue.ts'
import { defaultCatalogue } from '../../contracts/catalogue/defaults.ts'
import type { Naming } from '../../contracts/catalogue/naming.ts'
import { type ModelName, UNKNOWN_PROVIDER } from '../../contracts/names/cell-name.ts'
import { blendedUsdPerMTokens, type ListPrices } from './list-cost.ts'

/** What is known of a model. An unknown fact refuses the model only under a price limit. */
export interface ModelFacts {
  readonly provider: string
  readonly api: string
  readonly model: string
  readonly modelName: string
  /** Three input tokens for each output token. */
  readonly usdPerMTokens?: number | undefined
  readonly prices?: ListPrices | undefined
  readonly contextTokens?: number | undefined
  readonly images?: boolean | undefined
  readonly tools?: boolean | undefined
  /** Undefined for a model outside the catalogue, which is assumed to have every level. */
  readonly thinkingLevels?: readonly string[] | undefined
}

export interface ModelCatalogue extends Pick<Naming, 'nameOf' | 'has'> {
  /**
   * Finds a model by one of its names. A name that a host made of the catalogue's is what the model is called by there;
   * a name that stands for no entry at its provider is a model without facts.
   */
  resolve(name: string, provider?: string): ModelFacts
}

/**
 * Prices are those of the catalogue, the user's or the operator's. Where it has none, and in place of the built-in ones,
 * those count that the worker publishes, because it is updated more often.
 *
 * @param published The prices that the worker publishes of a model, by the name that its outcomes count under.
 */
export function createModelCatalogue(
  { find, nameOf, has }: Naming,
  published: (named: ModelName) => ListPrices | undefined,
): ModelCatalogue {
  const known = new Map<CatalogueEntry, ModelFacts>()
  const newest = (named: ModelName) => pricesOf(published(named))

  function factsOf(entry: CatalogueEntry): ModelFacts {
    const { key, provider } = entry
    const own = defaultCatalogue.includes(entry) ? undefined : pricesOf(entry)
    const prices = own ?? newest({ modelName: key, provider }) ?? pricesOf(entry)
    return {
      provider,
      api: entry.api ?? provider,
      model: entry.model,
      modelName: key,
      ...withBlend(prices),
      contextTokens: entry.contextTokens,
      images: entry.images,
      tools: entry.tools,
      thinkingLevels: entry.thinkingLevels ?? [],
    }
  }

  return {
    nameOf,
    has,
    resolve(name, provider = UNKNOWN_PROVIDER) {
      const given = { modelName: name, provider }
      const found = find(given)
      const model = name.trim()
      if (found === undefined) {
        const named = nameOf(given)
        const { modelName } = named
        return { provider, api: provider, model, modelName, ...withBlend(newest(named)) }
      }
      const facts = known.get(found.entry) ?? factsOf(found.entry)
      known.set(found.entry, facts)
      return found.isListed ? facts : { ...facts, model }
    },
  }
}

/** Undefined for prices of the cache alone: no call has a cost by them. */
function pricesOf(prices: ListPrices | undefined): ListPrices | undefined {
  const { inputUsdPerMTokens: input, outputUsdPerMTokens: output } = prices ?? {}
  return input === undefined && output === undefined ? undefined : prices
}

function withBlend(prices: ListPrices | undefined): Pick<ModelFacts, 'prices' | 'usdPerMTokens'> {
  if (prices === undefined) return {}
  const { inputUsdPerMTokens: input, outputUsdPerMTokens: output } = prices
  return { prices, usdPerMTokens: blendedUsdPerMTokens(input ?? output ?? 0, output ?? input ?? 0) }
}
