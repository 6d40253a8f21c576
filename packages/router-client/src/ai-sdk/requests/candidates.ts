// Which of the router's candidates can serve a call: their provider is here, and it is the one that the call is bound to.
import type { Listed } from '../../adapters/routing.ts'
import type { Candidate } from '../../routing/table/candidate.ts'
import { RouterError } from '../../runtime/router-error.ts'
import type { Part, SdkCallOptions, SdkModel, SdkProvider } from '../sdk/sdk-types.ts'

export type Providers = Readonly<Record<string, SdkProvider>>

/** A candidate with the SDK's model of it. */
interface Callable {
  readonly candidate: Candidate
  readonly model: SdkModel
}

/** The SDK's model of a candidate; undefined where its provider is not here, or has no such model. */
export function modelOf(providers: Providers, { provider, api, model }: Candidate) {
  const name = [provider, api].find((each) => Object.hasOwn(providers, each))
  try {
    return name === undefined ? undefined : providers[name]?.languageModel(model as never)
  } catch {
    // A custom provider has some models only.
    return undefined
  }
}

/** The words by which a candidate's provider is known in names of tools, in options and in metadata. */
export function namesOf({ candidate: { provider, api }, model }: Callable): ReadonlySet<string> {
  return new Set([provider, api, ...model.provider.split(/[.-]/)])
}

/**
 * What must not be chosen for a call, besides what its caller excludes.
 *
 * @throws RouterError where no candidate can serve it.
 */
export function unfit(
  { callable, others }: Listed<SdkModel>,
  providers: Providers,
  { options, isObserved }: { readonly options: SdkCallOptions; readonly isObserved: boolean },
): readonly Candidate[] {
  const bonds = boundTo(options)
  const unbound = callable.filter((each) => {
    const names = namesOf(each)
    return !bonds.every((bond) => bond.some((name) => names.has(name)))
  })
  if (unbound.length === callable.length && !isObserved)
    throw new RouterError('no-candidate', [why()])
  return [...others, ...unbound.map(({ candidate }) => candidate)]

  function why(): string {
    const given = Object.keys(providers).join(', ')
    const known = [...new Set(others.map(({ provider }) => provider))].join(', ')
    return callable.length === 0
      ? `createWinrate was given the providers ${given}, and the router's candidates are of ${known || 'none'}: name a provider as the router does, or name candidates`
      : `the call uses what only ${bonds.map((bond) => bond.join(' or ')).join(' and ')} has, and no candidate is of it`
  }
}

/** What is kept at one provider, by the names of its options. */
const keptThere: Readonly<Record<string, readonly string[]>> = {
  openai: ['previousResponseId', 'conversation'],
  azure: ['previousResponseId', 'conversation'],
  anthropic: ['container'],
}

/** The providers that a call is bound to: of each list, one. Their own tools, files and conversations exist nowhere else. */
function boundTo({ tools = [], providerOptions = {}, prompt }: SdkCallOptions) {
  const ofTools = tools
    .filter(({ type }) => type !== 'function')
    .map(({ id = '' }) => [String(id.split('.')[0])])
  const ofOptions = Object.entries(providerOptions)
    .filter(([name, given]) => keptThere[name]?.some((option) => (given[option] ?? null) !== null))
    .map(([name]) => [name])
  const parts = prompt.flatMap(({ content }): readonly Part[] =>
    typeof content === 'string' ? [] : content,
  )
  return [...ofTools, ...ofOptions, ...parts.flatMap(referencesOf)]
}

/** A file that providers know by an id of theirs. */
function referencesOf({ type, data }: Part): readonly (readonly string[])[] {
  if (type !== 'file' || typeof data !== 'object' || data === null) return []
  const reference: unknown = Reflect.get(data, 'reference')
  return typeof reference === 'object' && reference !== null ? [Object.keys(reference)] : []
}

/** The addresses that every candidate reads by itself: the SDK asks before anything is decided, and downloads the others. */
export async function commonUrls(models: readonly SdkModel[]): Promise<Record<string, RegExp[]>> {
  const [first = {}, ...others] = (await Promise.all(
    models.map(({ supportedUrls }) => supportedUrls),
  )) as Record<string, RegExp[]>[]
  const common: Record<string, RegExp[]> = {}
  for (const [mediaType, patterns] of Object.entries(first)) {
    const shared = patterns.filter((pattern) =>
      others.every((urls) => urls[mediaType]?.some((one) => `${one}` === `${pattern}`)),
    )
    if (shared.length > 0) common[mediaType] = shared
  }
  return common
}
