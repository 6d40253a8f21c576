// The model that the application calls in any case.
import type { Attempt } from '../../calls/call-options.ts'
import type { CandidateInput } from '../../routing/request/route-options.ts'
import type { SdkModel } from '../sdk/sdk-types.ts'
import { modelOf, type Providers } from './candidates.ts'

/** As an application says it: the SDK's own model, or its name. */
export type Observe = SdkModel | CandidateInput | false | undefined

/** The SDK's own model, where that was given. */
export function sdkModelIn(observe: Observe): SdkModel | undefined {
  return observe && typeof observe === 'object' && 'doGenerate' in observe ? observe : undefined
}

/** How `call()` is told of it; undefined where nothing is said. */
export function observeOption(
  observe: Observe,
  providers: Providers,
  level: string | undefined,
): CandidateInput | false | undefined {
  const model = sdkModelIn(observe)
  if (model === undefined) {
    return typeof observe === 'string'
      ? { model: observe, thinkingLevel: level }
      : (observe as CandidateInput | false | undefined)
  }
  // `openai.responses` is of `openai`.
  const words = [model.provider, ...model.provider.split(/[.-]/)]
  const provider = words.find((word) => Object.hasOwn(providers, word)) ?? words[1] ?? ''
  return { provider, model: model.modelId, thinkingLevel: level }
}

/** What is called for an attempt: of an observed one the very model that the application has. */
export function modelFor(
  attempt: Attempt,
  observe: Observe,
  providers: Providers,
): SdkModel | undefined {
  const own = attempt.decision.observed && sdkModelIn(observe)
  return own ?? modelOf(providers, attempt)
}
