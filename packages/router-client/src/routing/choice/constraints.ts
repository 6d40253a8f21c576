// Which candidates a request allows. Every rule that refuses a candidate is here, and nothing after the choice
// overrides it.
import { type Naming, plainProvider, UNKNOWN_PROVIDER } from '@winrate/shared-schema/contracts'
import type { Needs } from '../request/message-needs.ts'
import type { ExcludedModels } from '../request/read-models.ts'
import type { RequestOptions } from '../request/request.ts'
import type { Candidate, KnownCandidate } from '../table/candidate.ts'

/** Why a candidate is not allowed for a request. */
export type Refusal =
  | 'excluded'
  | 'too-expensive'
  | 'lacks-thinking-level'
  | 'context-too-small'
  | 'takes-no-images'
  | 'calls-no-tools'

/** These break what the caller has asked for; the others, what the messages seem to need. */
const askedFor: ReadonlySet<Refusal> = new Set([
  'excluded',
  'too-expensive',
  'lacks-thinking-level',
])

const MORE_THAN_ALL_OTHERS = 10

/** Says why a candidate is not allowed, the weightiest reason first; nothing when it is. */
export type Constraints = (candidate: KnownCandidate, needs: Needs) => readonly Refusal[]

export function createConstraints(
  { exclude = [], maxCostUsdPerMTokens: limit, tools = undefined }: RequestOptions,
  nameOf: Naming['nameOf'],
): Constraints {
  const isExcluded = createExclusions(exclude, nameOf)
  return ({ candidate, facts, lacksLevel }, needs) => {
    const refusals: Refusal[] = []
    if (isExcluded(candidate)) refusals.push('excluded')
    if (
      limit !== undefined &&
      !(facts.usdPerMTokens !== undefined && facts.usdPerMTokens <= limit)
    ) {
      refusals.push('too-expensive')
    }
    if (lacksLevel) refusals.push('lacks-thinking-level')
    if (facts.contextTokens !== undefined && needs.tokens > facts.contextTokens) {
      refusals.push('context-too-small')
    }
    if (needs.images && facts.images === false) refusals.push('takes-no-images')
    if ((tools ?? needs.tools) && facts.tools === false) refusals.push('calls-no-tools')
    return refusals
  }
}

/** Whether a refused candidate meets all that the caller has asked for: what messages need is an estimate. */
export function meetsOptions(refusals: readonly Refusal[], { tools }: RequestOptions): boolean {
  return refusals.every(
    (refusal) => !askedFor.has(refusal) && !(refusal === 'calls-no-tools' && tools === true),
  )
}

/** How far a candidate is from being allowed: an exclusion counts more than all other refusals. */
export function missedBy(refusals: readonly Refusal[]): number {
  return refusals.length + (refusals[0] === 'excluded' ? MORE_THAN_ALL_OTHERS : 0)
}

/** No name contains the separator. */
const SEPARATOR = '\u0000'
const ANY = ''

/** A lookup, because a request may exclude as many models as it has candidates. A model is excluded by any of its names. */
function createExclusions(
  exclude: readonly ExcludedModels[],
  nameOf: Naming['nameOf'],
): (candidate: Candidate) => boolean {
  if (exclude.length === 0) return () => false
  const excluded = new Set(
    exclude.flatMap(({ name, model = name ?? ANY, provider }) => {
      const { modelName } = nameOf({ modelName: model, provider: provider ?? UNKNOWN_PROVIDER })
      const ofProvider = provider === undefined ? ANY : plainProvider(provider)
      const ofModel = [model, modelName].map((one) => `${ofProvider}${SEPARATOR}${one}`)
      return name === undefined ? ofModel : [...ofModel, `${plainProvider(name)}${SEPARATOR}${ANY}`]
    }),
  )
  return ({ provider, model, modelName }) =>
    [plainProvider(provider), ANY].some((ofProvider) =>
      [modelName, model, ANY].some((name) => excluded.has(`${ofProvider}${SEPARATOR}${name}`)),
    )
}
