import {
  type CatalogueEntry,
  type CatalogueLayers,
  defaultCatalogue,
  modelKey,
  type Naming,
  readNaming,
  type Snapshot,
  UNKNOWN_PROVIDER,
} from '@winrate/shared-schema/contracts'
import { blendedUsdPerMTokens, type ListPrices } from '@winrate/shared-schema/scoring'
import type { Steps } from '@winrate/shared-schema/steps'

/** What is known of a model. An unknown fact refuses the model only under a price limit. */
export interface ModelFacts {
  readonly provider: string
  readonly api: string
  readonly model: string
  readonly modelName: string
  /** Three input tokens for each output token. */
  readonly usdPerMTokens?: number | undefined
  readonly prices?: ListPrices
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

/** Names of models are read at the cost of about 10 microseconds each. */
const ENTRIES_PER_STEP = 20

/**
 * Prices are those of the catalogue, the user's or the operator's. Where it has none, and in place of the built-in ones,
 * those count that the worker publishes, because it is updated more often.
 */
export function* readModelCatalogue(
  layers: CatalogueLayers,
  published?: Pick<Snapshot, 'models' | 'prices'>,
): Steps<ModelCatalogue> {
  const { find, nameOf, has } = yield* readNaming(layers)
  const newest = new Map<string, ListPrices>()
  for (const [at, { model, ...prices }] of (published?.prices ?? []).entries()) {
    const { name = '', provider = UNKNOWN_PROVIDER } = published?.models[model] ?? {}
    if (pricesOf(prices)) newest.set(modelKey(nameOf({ modelName: name, provider })), prices)
    if (at % ENTRIES_PER_STEP === 0) yield
  }
  const known = new Map<CatalogueEntry, ModelFacts>()

  function factsOf(entry: CatalogueEntry): ModelFacts {
    const { key, provider } = entry
    const own = defaultCatalogue.includes(entry) ? undefined : pricesOf(entry)
    const prices = own ?? newest.get(modelKey({ modelName: key, provider })) ?? pricesOf(entry)
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
        const prices = newest.get(modelKey(named))
        const { modelName } = named
        return { provider, api: provider, model, modelName, ...withBlend(prices) }
      }
      const facts = known.get(found.entry) ?? factsOf(found.entry)
      known.set(found.entry, facts)
      return found.isListed ? facts : { ...facts, model }
    },
  }
}

/** Undefined for prices of the cache alone: no call has a cost by them. */
function pricesOf(prices: ListPrices): ListPrices | undefined {
  const { inputUsdPerMTokens: input, outputUsdPerMTokens: output } = prices
  return input === undefined && output === undefined ? undefined : prices
}

function withBlend(prices: ListPrices | undefined): Pick<ModelFacts, 'prices' | 'usdPerMTokens'> {
  if (prices === undefined) return {}
  const { inputUsdPerMTokens: input, outputUsdPerMTokens: output } = prices
  return { prices, usdPerMTokens: blendedUsdPerMTokens(input ?? output ?? 0, output ?? input ?? 0) }
}
