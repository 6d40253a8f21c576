// A model of the SDK that decides at each call which model answers. It keeps nothing between calls, so calls at the same time
// can't disturb each other.
import { listCallable, routingFor } from '../adapters/routing.ts'
import type { Turns } from '../adapters/turns.ts'
import type { Attempt } from '../calls/call-options.ts'
import type { RankOptions, Router } from '../router.ts'
import { type Answer, readParts, readResult } from './answers/answer.ts'
import { verdictOn } from './answers/verdict.ts'
import { type Called, generate, stream } from './call-model.ts'
import type { ModelOptions } from './model-options.ts'
import { commonUrls, modelOf, type Providers, unfit } from './requests/candidates.ts'
import { modelFor, observeOption, sdkModelIn } from './requests/observe.ts'
import { isLevel, prepareCall } from './requests/prepare-call.ts'
import type {
  SdkCallOptions,
  SdkModel,
  SdkResult,
  SdkStreamResult,
  StreamPart,
} from './sdk/sdk-types.ts'
import { expectToolCall, turnOf } from './turn-of.ts'

export interface ModelInput {
  readonly router: Pick<Router, 'call' | 'rankedForTask' | 'recordPreference'>
  readonly providers: Providers
  readonly turns: Turns
  /** That of the models behind it; V4 where there are both, as V3 is what the AI SDK 7 can be given too. */
  readonly version: () => 'v3' | 'v4'
}

export function createModel(input: ModelInput, named: string, usual: ModelOptions): SdkModel {
  const { router, providers, turns, version } = input
  const list = (taskType: string, routing: RankOptions) =>
    listCallable(router, { taskType, routing }, (candidate) => modelOf(providers, candidate))

  /** One call of the SDK, read. */
  function read(options: SdkCallOptions) {
    const {
      taskType = named,
      verify,
      observe: own,
      ...given
    } = { ...usual, ...options.providerOptions?.['winrate'] }
    const { tools = [], reasoning, prompt, abortSignal: signal } = options
    const listed = list(taskType, given)
    const level = isLevel(reasoning) ? reasoning : undefined
    const observe = observeOption(own, providers, level)
    const routing = routingFor(given, listed, {
      unfit: unfit(listed, providers, { options, isObserved: Boolean(observe) }),
      ...{ level, hasTools: tools.length > 0 },
    })
    // Another model of the application's takes part in no turn of this one.
    const turnsOf = observe ? `${taskType} ${JSON.stringify(observe)}` : taskType
    const turn = turnOf(turns, { taskType: turnsOf, prompt })
    return {
      taskType,
      prompt,
      routing: { ...routing, observe, turn, signal },
      prepare(attempt: Attempt): { readonly call: SdkCallOptions; readonly called: Called } {
        const model = modelFor(attempt, own, providers)
        if (model === undefined) throw new TypeError(`no provider of ${attempt.model} is here`)
        const isV4 = version() === 'v4'
        const isOlder = isV4 && model.specificationVersion === 'v3'
        const expect = (toolCallId: string) =>
          expectToolCall(turns, { taskType: turnsOf, prompt }, { toolCallId, turn })
        return {
          call: prepareCall(options, { attempt, model, isV4 }),
          called: { attempt, model, isOlder, expect },
        }
      },
      judge: (answer: Answer, attempt: Attempt) => verdictOn(answer, options, { attempt, verify }),
      fail(error: unknown): never {
        turns.fail(prompt, turn)
        throw error
      },
    }
  }

  return {
    get specificationVersion() {
      return version()
    },
    provider: 'winrate',
    modelId: named,
    get supportedUrls() {
      const observed = sdkModelIn(usual.observe)
      if (observed !== undefined) return observed.supportedUrls
      const { callable } = list(named, usual)
      return commonUrls(callable.map(({ model }) => model))
    },
    async doGenerate(options: SdkCallOptions): Promise<SdkResult> {
      const { taskType, prompt, routing, prepare, judge, fail } = read(options)
      const run = (attempt: Attempt) => {
        const { call, called } = prepare(attempt)
        return generate(call, called)
      }
      const verify = (answer: SdkResult, attempt: Attempt) =>
        judge(readResult(answer, options), attempt)
      const { result } = await router
        .call(taskType, prompt, run, { ...routing, verify })
        .catch(fail)
      return result
    },
    async doStream(options: SdkCallOptions): Promise<SdkStreamResult> {
      const { taskType, prompt, routing, prepare, judge, fail } = read(options)
      const run = (attempt: Attempt) => {
        const { call, called } = prepare(attempt)
        return stream(call, called)
      }
      const verify = (parts: readonly StreamPart[], attempt: Attempt) =>
        judge(readParts(parts, options), attempt)
      const streamOf = (answer: SdkStreamResult) => answer.stream
      const { result, stream: followed } = await router
        .call(taskType, prompt, run, { ...routing, streamOf, verify })
        .catch(fail)
      return { ...result, stream: followed as ReadableStream<StreamPart> }
    },
  }
}
