import { type CatalogueEntry, defaultCatalogue } from '@winrate/shared-schema/contracts'
import type { Config } from './config.ts'

/** The models whose names outcomes are counted under: the operator's, then the built-in ones. */
export function knownModels({ catalogue }: Pick<Config, 'catalogue'>): CatalogueEntry[] {
  return [...(catalogue ?? []), ...defaultCatalogue]
}
