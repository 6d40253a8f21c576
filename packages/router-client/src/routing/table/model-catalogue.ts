import {
  type CatalogueEntry,
  sameProvider,
  UNKNOWN_PROVIDER,
} from '@winrate/shared-schema/contracts'
import { blendedUsdPerMTokens } from '@winrate/shared-schema/scoring'
import type { Steps } from '@winrate/shared-schema/steps'
import { ENTRIES_PER_STEP } from './cell-groups.ts'

/** What is known of a model. An unknown fact refuses the model only under a price limit. */
export interface ModelFacts {
  readonly provider: string
  readonly api: string
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
  readonly has: (key: string) => boolean
}

/** No provider's name is empty. */
const ANY_PROVIDER = ''

/** Later layers replace the entries of earlier ones that have the same key. */
export function* readModelCatalogue(
  layers: readonly (readonly CatalogueEntry[])[],
): Steps<ModelCatalogue> {
  const byKey = new Map<string, ModelFacts>()
  for (const layer of layers) {
    for (const [at, entry] of layer.entries()) {
      byKey.set(entry.key, factsOf(entry))
      if (at % ENTRIES_PER_STEP === 0) yield
    }
  }
  // The first entry of a concrete id, and the first of each provider.
  const byModel = new Map<string, Map<string, ModelFacts>>()
  let added = 0
  for (const facts of byKey.values()) {
    const sameModel = byModel.get(facts.model) ?? new Map<string, ModelFacts>()
    byModel.set(facts.model, sameModel)
    for (const provider of [ANY_PROVIDER, facts.provider]) {
      if (!sameModel.has(provider)) sameModel.set(provider, facts)
    }
    added += 1
    if (added % ENTRIES_PER_STEP === 0) yield
  }
  return {
    resolve(name, provider = UNKNOWN_PROVIDER) {
      const keyed = byKey.get(name)
      if (keyed !== undefined && sameProvider(keyed.provider, provider)) return keyed
      const asked = provider === UNKNOWN_PROVIDER ? ANY_PROVIDER : provider
      const sameModel = byModel.get(name)
      const concrete = sameModel?.get(asked) ?? sameModel?.get(UNKNOWN_PROVIDER)
      return concrete ?? { provider, api: provider, model: name, modelName: name }
    },
    has: (key) => byKey.has(key),
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
    contextTokens: entry.contextTokens,
    images: entry.images,
    tools: entry.tools,
    thinkingLevels: entry.thinkingLevels ?? [],
  }
}
