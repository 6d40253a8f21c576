// Producers other than router-client may name a model by its provider's id, or leave the provider out.
// Their outcomes count under the catalogue's name, under which router-client looks them up.
import {
  type CatalogueEntry,
  defaultCatalogue,
  type ModelName,
  modelKey,
  UNKNOWN_PROVIDER,
} from '@winrate/shared-schema/contracts'

export type ModelNaming = (given: ModelName) => ModelName

/**
 * Returns the name that a model's outcomes are counted under: the one of the operator's catalogue, else of
 * the built-in one, else the given name.
 */
export function createNaming(operators: readonly CatalogueEntry[] = []): ModelNaming {
  const names = new Map<string, ModelName>()
  for (const entry of [...operators, ...defaultCatalogue]) {
    for (const given of givenNames(entry)) {
      const key = modelKey(given)
      if (!names.has(key)) names.set(key, { modelName: entry.key, provider: entry.provider })
    }
  }
  return (given) => names.get(modelKey(given)) ?? given
}

/** Every name that producers may give to a catalogued model. */
export function givenNames({ key, model, provider }: CatalogueEntry): readonly ModelName[] {
  return [key, model].flatMap((modelName) => [
    { modelName, provider },
    { modelName, provider: UNKNOWN_PROVIDER },
  ])
}
