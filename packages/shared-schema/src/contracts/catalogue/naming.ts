// One model has many names: its catalogue key, the vendor's id, aliases, and what hosts make of the id. Here it says
// which name a model's outcomes count under. Client and worker use it with the same catalogue, so what one writes
// the other finds. Guarantees: pure; the name of a name is itself; different models of a catalogue stay different.

import type { Steps } from '../../steps/run-steps.ts'
import { type ModelName, modelKey, UNKNOWN_PROVIDER } from '../names/cell-name.ts'
import { makerOf, plainProvider, undate, undecorate } from '../names/decorations.ts'
import type { CatalogueEntry, DefaultLayers, DefaultWinRates } from './catalogue.ts'

export interface Naming {
  /** What the outcomes of a model count under; the given object where that is its name already. */
  nameOf(given: ModelName): ModelName
  /** The entry that describes a model at the provider that is given with it; undefined where none does. */
  find(given: ModelName): FoundEntry | undefined
  readonly has: (key: string) => boolean
}

export interface FoundEntry {
  readonly entry: CatalogueEntry
  /** The name is one that the entry gives; false where a rule found it, as for `openrouter/openai/gpt-4o`. */
  readonly isListed: boolean
}

interface Match extends FoundEntry {
  /** The model is named at another host than the entry's. */
  readonly isElsewhere: boolean
}

/** No name contains it, and no provider's name is empty: that stands for any. */
const SEPARATOR = '\u0000'
const ENTRIES_PER_STEP = 500
/** Names that are remembered: anybody may invent more. */
const NAMES_KEPT = 5_000

/** Catalogues, the one that overrides all others first. */
export type CatalogueLayers = readonly (readonly CatalogueEntry[])[]

/**
 * Reads catalogues. Of two entries with one key the first counts. Of two entries with one name the one of the first
 * catalogue counts, within a catalogue the one whose key it is, then whose model, then whose alias. Names that rules
 * make of these come last.
 */
export function* readNaming(layers: CatalogueLayers): Steps<Naming> {
  const byKey = new Map<string, CatalogueEntry>()
  const entries = new Map<string, CatalogueEntry>()
  let added = 0
  function* addAll(
    layer: Iterable<CatalogueEntry>,
    namesOf: (entry: CatalogueEntry) => readonly string[],
  ) {
    for (const entry of layer) {
      if (byKey.get(entry.key) !== entry) continue
      for (const name of namesOf(entry)) {
        for (const at of ['', plainProvider(entry.provider)]) {
          const place = name + SEPARATOR + at
          if (!entries.has(place)) entries.set(place, entry)
        }
        added += 1
        if (added % ENTRIES_PER_STEP === 0) yield
      }
    }
  }
  for (const layer of layers) {
    for (const entry of layer) if (!byKey.has(entry.key)) byKey.set(entry.key, entry)
    yield* addAll(layer, ({ key }) => [key])
    yield* addAll(layer, ({ model }) => [model])
    yield* addAll(layer, ({ aliases = [] }) => aliases)
  }
  const trimmed = (entry: CatalogueEntry) => givenNames(entry).map((name) => name.trim())
  yield* addAll(byKey.values(), (entry) => trimmed(entry).map((name) => name.toLowerCase()))
  yield* addAll(byKey.values(), (entry) => trimmed(entry).map(undecorate))

  function at(name: string, provider: string, isListed: boolean): Match | undefined {
    const any = entries.get(name + SEPARATOR)
    if (any === undefined || provider === UNKNOWN_PROVIDER) {
      return any && { entry: any, isListed, isElsewhere: false }
    }
    const here =
      entries.get(`${name}${SEPARATOR}${provider}`) ??
      entries.get(`${name}${SEPARATOR}${UNKNOWN_PROVIDER}`)
    if (here !== undefined) return { entry: here, isListed, isElsewhere: false }
    return { entry: any, isListed, isElsewhere: plainProvider(any.api ?? '') !== provider }
  }

  function match(name: string, id: string, provider: string): Match | undefined {
    return (
      at(name, provider, true) ??
      at(name.toLowerCase(), provider, true) ??
      at(id, provider, false) ??
      at(undate(id), provider, false) ??
      at(undate(name.toLowerCase()), provider, false)
    )
  }

  const known = new Map<string, ModelName>()
  return {
    has: (key) => byKey.has(key),
    find({ modelName, provider }) {
      const name = modelName.trim()
      const found = match(name, undecorate(name), plainProvider(provider))
      return found?.isElsewhere === false ? found : undefined
    },
    nameOf(given) {
      const key = modelKey(given)
      let named = known.get(key)
      if (named === undefined) {
        named = nameAnew(given)
        if (known.size === NAMES_KEPT) known.clear()
        known.set(key, named)
      }
      const isNamed = named.modelName === given.modelName && named.provider === given.provider
      return isNamed ? given : named
    },
  }

  function nameAnew(given: ModelName): ModelName {
    const name = given.modelName.trim() || given.modelName
    const provider = plainProvider(given.provider) || given.provider
    const id = undecorate(name)
    const found = match(name, id, provider)
    return found === undefined ? ownName(id, provider) : nameIn(found, provider)
  }

  function nameIn({ entry, isElsewhere }: Match, provider: string): ModelName {
    if (!isElsewhere) return { modelName: entry.key, provider: entry.provider }
    const other = at(entry.key, provider, true)
    const { key, provider: home } =
      other?.isElsewhere === false ? other.entry : { ...entry, provider }
    return { modelName: key, provider: home }
  }
}

/** The name of a model that is in no catalogue. Without a provider, its maker's is meant. */
function ownName(id: string, provider: string): ModelName {
  return {
    modelName: id,
    provider: provider === UNKNOWN_PROVIDER ? (makerOf(id) ?? provider) : provider,
  }
}

/** Every name that an entry gives to its model. */
export function givenNames({ key, model, aliases = [] }: CatalogueEntry): readonly string[] {
  return [key, model, ...aliases]
}

/** Layers of defaults under the names that outcomes count under. Within a row, a model's own name comes before others. */
export function* nameDefaults(
  layers: DefaultLayers,
  { nameOf }: Pick<Naming, 'nameOf'>,
): Steps<DefaultLayers> {
  const named: DefaultWinRates[] = []
  for (const layer of layers) {
    const rows: [string, Readonly<Record<string, number>>][] = []
    for (const [taskType, row] of Object.entries(layer)) {
      const rates = new Map<string, number>()
      for (const [at, [given, rate]] of Object.entries(row).entries()) {
        if (at % ENTRIES_PER_STEP === 0) yield
        const { modelName } = nameOf({ modelName: given, provider: UNKNOWN_PROVIDER })
        if (modelName === given || !rates.has(modelName)) rates.set(modelName, rate)
      }
      rows.push([taskType, Object.fromEntries(rates)])
    }
    named.push(Object.fromEntries(rows))
  }
  return named
}
