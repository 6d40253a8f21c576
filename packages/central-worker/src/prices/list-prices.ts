// Which list prices a model has that outcomes came of: the operator's own, else the built-in ones of its provider.
import {
  type CatalogueEntry,
  defaultCatalogue,
  listPricesSchema,
  type ModelName,
  modelKey,
  plainProvider,
  readNaming,
  type Snapshot,
  UNKNOWN_PROVIDER,
} from '@winrate/shared-schema/contracts'
import { createModelCatalogue, type ModelCatalogue } from '@winrate/shared-schema/scoring'
import { runAtOnce } from '@winrate/shared-schema/steps'
import { builtInPrices, builtInSource } from './built-in-prices.ts'

export interface PricedEntry {
  /** The entry of the operator's catalogue, or the built-in one. */
  readonly entry: CatalogueEntry
  readonly isOperators: boolean
  /** The day that the prices were looked up; undefined where an operator does not say. */
  readonly asOf: string | undefined
}

export type FindPrices = (given: ModelName) => PricedEntry | undefined

/** Other names of providers in the built-in list. A map, because a publisher may call its provider `constructor`. */
const sameHosts: ReadonlyMap<string, string> = new Map([
  ['x-ai', 'xai'],
  ['gemini', 'google'],
  ['vertex', 'google'],
  ['google-vertex', 'google'],
  ['amazon-bedrock', 'bedrock'],
  ['azure-openai', 'azure'],
  ['moonshot', 'moonshotai'],
  ['togetherai', 'together'],
  ['fireworks-ai', 'fireworks'],
])
/** Models that are remembered: anybody may invent more. */
const MODELS_KEPT = 10_000

/**
 * Finds prices by the name that outcomes count under. A provider that nobody knows has none: hosts of one model differ.
 *
 * @param operators The catalogue of the operator, which comes first where it has a price.
 */
export function createListPrices(operators: readonly CatalogueEntry[] = []): FindPrices {
  const named = runAtOnce(readNaming([operators, defaultCatalogue]))
  const builtIn = runAtOnce(readNaming([builtInPrices]))
  const known = new Map<string, PricedEntry | undefined>()

  function findPrices({ modelName, provider }: ModelName): PricedEntry | undefined {
    const own = named.find({ modelName, provider })?.entry
    if (own !== undefined && operators.includes(own) && hasPrice(own)) {
      return { entry: own, isOperators: true, asOf: own.pricedAt }
    }
    const { model } = own ?? named.find({ modelName, provider: UNKNOWN_PROVIDER })?.entry ?? {}
    for (const host of [provider, own?.api ?? UNKNOWN_PROVIDER].map(plainProvider)) {
      if (host === UNKNOWN_PROVIDER) continue
      const at = { modelName: model ?? modelName, provider: sameHosts.get(host) ?? host }
      const entry = builtIn.find(at)?.entry
      if (entry !== undefined) return { entry, isOperators: false, asOf: builtInSource.asOf }
    }
    return undefined
  }

  return (given) => {
    const key = modelKey(given)
    if (known.has(key)) return known.get(key)
    if (known.size === MODELS_KEPT) known.clear()
    const found = findPrices(given)
    known.set(key, found)
    return found
  }
}

/** The catalogue as clients have it whose users add nothing to it, with the prices that snapshots tell them. */
export function createPricedCatalogue(operators: readonly CatalogueEntry[] = []): ModelCatalogue {
  const findPrices = createListPrices(operators)
  const naming = runAtOnce(readNaming([operators, defaultCatalogue]))
  return createModelCatalogue(naming, (named) => findPrices(named)?.entry)
}

/** What a snapshot says of prices beside its catalogue, which has the operator's. */
export function publishedPrices(
  models: Snapshot['models'],
  findPrices: FindPrices,
): NonNullable<Snapshot['prices']> {
  const seen = new Set<PricedEntry | string>()
  return models.flatMap(({ name, provider }, model) => {
    const given = { modelName: name, provider }
    // A model is listed with each of its levels, and has one price.
    if (seen.has(modelKey(given))) return []
    seen.add(modelKey(given))
    const found = findPrices(given)
    if (found === undefined || found.isOperators) return []
    return [{ model, ...listPricesSchema.parse(found.entry) }]
  })
}

function hasPrice({ inputUsdPerMTokens, outputUsdPerMTokens }: CatalogueEntry): boolean {
  return inputUsdPerMTokens !== undefined || outputUsdPerMTokens !== undefined
}
