import {
  type CatalogueEntry,
  sameProvider,
  UNKNOWN_PROVIDER,
} from '@winrate/shared-schema/contracts'
import { blendedUsdPerMTokens } from '@winrate/shared-schema/scoring'

/** What is known of a model. An unknown fact refuses the model only under a price limit. */
export interface ModelFacts {
  readonly provider: string
  readonly model: string
  readonly modelName: string
  /** Three input tokens for each output token. */
  readonly usdPerMTokens?: number | undefined
  readonly contextTokens?: number | undefined
  readonly images?: boolean | undefined
  readonly tools?: boolean | undefined
  /** Undefined for a model outside the catalogue, which is assumed to have every level. */
  readonly thinkingLevels?: readonly string[] | undefined
}

export interface ModelCatalogue {
  /** Finds a model by catalogue key, then by concrete id; any other name is a model without facts. */
  resolve(name: string, provider?: string): ModelFacts
}

/** Later layers replace the entries of earlier ones that have the same key. */
export function createModelCatalogue(
  layers: readonly (readonly CatalogueEntry[])[],
): ModelCatalogue {
  const byKey = new Map<string, ModelFacts>()
  for (const entry of layers.flat()) byKey.set(entry.key, factsOf(entry))
  const byModel = new Map<string, ModelFacts[]>()
  for (const facts of byKey.values()) {
    byModel.set(facts.model, [...(byModel.get(facts.model) ?? []), facts])
  }
  return {
    resolve(name, provider = UNKNOWN_PROVIDER) {
      const keyed = byKey.get(name)
      if (keyed !== undefined && sameProvider(keyed.provider, provider)) return keyed
      const concrete = byModel.get(name)?.find((facts) => sameProvider(facts.provider, provider))
      return concrete ?? { provider, model: name, modelName: name }
    },
  }
}

function factsOf(entry: CatalogueEntry): ModelFacts {
  const { inputUsdPerMTokens: input, outputUsdPerMTokens: output } = entry
  const priced = input !== undefined || output !== undefined
  return {
    provider: entry.provider,
    model: entry.model,
    modelName: entry.key,
    usdPerMTokens: priced
      ? blendedUsdPerMTokens(input ?? output ?? 0, output ?? input ?? 0)
      : undefined,
    contextTokens: entry.contextTokens,
    images: entry.images,
    tools: entry.tools,
    thinkingLevels: entry.thinkingLevels ?? [],
  }
}
