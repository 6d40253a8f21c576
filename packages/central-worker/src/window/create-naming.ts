// Producers other than router-client may give a model any of its names, or leave the provider out. Their outcomes
// count under the name that router-client looks them up by.
import {
  type CatalogueEntry,
  defaultCatalogue,
  type Naming,
  readNaming,
} from '@winrate/shared-schema/contracts'
import { runAtOnce } from '@winrate/shared-schema/steps'

export type ModelNaming = Naming['nameOf']

/** Returns the name that a model's outcomes count under, by the operator's catalogue and the built-in one. */
export function createNaming(operators: readonly CatalogueEntry[] = []): ModelNaming {
  return runAtOnce(readNaming([operators, defaultCatalogue])).nameOf
}
