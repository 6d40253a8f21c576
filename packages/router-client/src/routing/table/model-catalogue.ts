import {
  type CatalogueLayers,
  modelKey,
  readNaming,
  type Snapshot,
  UNKNOWN_PROVIDER,
} from '@winrate/shared-schema/contracts'
import {
  createModelCatalogue,
  type ListPrices,
  type ModelCatalogue,
} from '@winrate/shared-schema/scoring'
import type { Steps } from '@winrate/shared-schema/steps'

/** Names of models are read at the cost of about 10 microseconds each. */
const ENTRIES_PER_STEP = 20

/** The catalogue of these layers, with the prices that a snapshot publishes. */
export function* readModelCatalogue(
  layers: CatalogueLayers,
  published?: Pick<Snapshot, 'models' | 'prices'>,
): Steps<ModelCatalogue> {
  const naming = yield* readNaming(layers)
  const prices = new Map<string, ListPrices>()
  for (const [at, { model, ...listed }] of (published?.prices ?? []).entries()) {
    const { name = '', provider = UNKNOWN_PROVIDER } = published?.models[model] ?? {}
    prices.set(modelKey(naming.nameOf({ modelName: name, provider })), listed)
    if (at % ENTRIES_PER_STEP === 0) yield
  }
  return createModelCatalogue(naming, (named) => prices.get(modelKey(named)))
}
