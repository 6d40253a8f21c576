import {
  type CatalogueEntry,
  type CatalogueLayers,
  type Naming,
  readNaming,
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

export function* readModelCatalogue(layers: CatalogueLayers): Steps<ModelCatalogue> {
  const { find, nameOf, has } = yield* readNaming(layers)
  const known = new Map<CatalogueEntry, ModelFacts>()
  return {
    nameOf,
    has,
    resolve(name, provider = UNKNOWN_PROVIDER) {
      const given = { modelName: name, provider }
      const found = find(given)
      const model = name.trim()
      if (found === undefined) {
        return { provider, api: provider, model, modelName: nameOf(given).modelName }
      }
      const facts = known.get(found.entry) ?? factsOf(found.entry)
      known.set(found.entry, facts)
      return found.isListed ? facts : { ...facts, model }
    },
  }
}

function factsOf(entry: CatalogueEntry): ModelFacts {
  const { inputUsdPerMTokens: input, outputUsdPerMTokens: output } = entry
  const priced = input !== undefined || output !== undefined
  return {
    provider: entry.provider,
    api: entry.api ?? entry.provider,
    model: entry.model,
    modelName: entry.key,
    usdPerMTokens: priced
      ? blendedUsdPerMTokens(input ?? output ?? 0, output ?? input ?? 0)
      : undefined,
    prices: entry,
    contextTokens: entry.contextTokens,
    images: entry.images,
    tools: entry.tools,
    thinkingLevels: entry.thinkingLevels ?? [],
  }
}
