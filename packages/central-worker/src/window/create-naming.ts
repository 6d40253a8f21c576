// Producers other than router-client may name a model by its provider's id, or leave the provider out.
// Their outcomes count under the catalogue's name, under which router-client looks them up.
import {
  type CatalogueEntry,
  defaultCatalogue,
  type ModelName,
  UNKNOWN_PROVIDER,
} from '@winrate/shared-schema/contracts'

export type ModelNaming = (given: ModelName) => ModelName

/**
 * Returns the name that a model's outcomes are counted under: the one of the operator's catalogue, else of
 * the built-in one, else the given name.
 */
export function createNaming(operators: readonly CatalogueEntry[] = []): ModelNaming {
  const catalogue = [...operators, ...defaultCatalogue]
  const known = new Map<string, Map<string, ModelName>>()
  return ({ modelName, provider }) => {
    let ofProvider = known.get(provider)
    if (ofProvider === undefined) {
      ofProvider = new Map()
      known.set(provider, ofProvider)
    }
    let name = ofProvider.get(modelName)
    if (name === undefined) {
      name = catalogueName(catalogue, { modelName, provider })
      ofProvider.set(modelName, name)
    }
    return name
  }
}

function catalogueName(catalogue: readonly CatalogueEntry[], given: ModelName): ModelName {
  const entry = catalogue.find(({ key, model, provider }) => {
    const sameProvider = given.provider === provider || given.provider === UNKNOWN_PROVIDER
    return sameProvider && (given.modelName === key || given.modelName === model)
  })
  return entry === undefined ? given : { modelName: entry.key, provider: entry.provider }
}
