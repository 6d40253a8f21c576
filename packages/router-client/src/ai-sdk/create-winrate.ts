import { type AnsweredCall, type Feedback, toOutcome } from '../adapters/feedback.ts'
import { listCallable } from '../adapters/routing.ts'
import { createTurns } from '../adapters/turns.ts'
import type { Router } from '../router.ts'
import { RouterError } from '../runtime/router-error.ts'
import { createModel } from './create-model.ts'
import type { ModelOptions } from './model-options.ts'
import { modelOf, type Providers } from './requests/candidates.ts'
import type { SdkModel } from './sdk/sdk-types.ts'

type TaskType = Parameters<Router['call']>[0]

/** What holds for all models that are made. */
export interface WinrateOptions<Of extends Providers> extends Omit<ModelOptions, 'taskType'> {
  /** Decides, calls and records. */
  readonly router: Pick<Router, 'call' | 'rankedForTask' | 'recordPreference'>
  /**
   * The SDK's providers, by the names that the router has for them: `{ openai, anthropic }`. Models of other providers are no
   * candidates. Anything with `languageModel(id)` is a provider, such as a part of a registry.
   */
  readonly providers: Of
}

type ModelOf<Of extends Providers> = ReturnType<Of[keyof Of]['languageModel']>

/** A provider of the AI SDK whose models are task types. */
export interface Winrate<Model extends SdkModel> {
  /** The model of a task type: decides at each call which model answers. */
  (taskType: TaskType, options?: ModelOptions): Model
  readonly specificationVersion: Model['specificationVersion']
  /** The same, for `customProvider`, registries and as default provider. */
  languageModel(taskType: string): Model
  /** @throws RouterError: only language models are chosen. */
  embeddingModel(id: string): never
  /** @throws RouterError: only language models are chosen. */
  imageModel(id: string): never
  /**
   * Records what became of an answer: a thumb, a test. Any time later, any number of times; the last word counts. Never
   * throws; without a reference the outcome is dropped, and the router's log says so.
   *
   * @param reference `result.providerMetadata`, what stands there under `winrate`, or the `reference` that stands in that.
   */
  feedback(
    reference: string | AnsweredCall | object | undefined,
    verdict: boolean | Feedback,
  ): 'queued' | 'dropped'
}

/**
 * Makes a provider of the AI SDK 6 or 7 out of a router and the SDK's own providers:
 * `generateText({ model: winrate('coding'), prompt })`.
 *
 * @throws RouterError where the router or the providers are none.
 */
export function createWinrate<const Of extends Providers>(
  options: WinrateOptions<Of>,
): Winrate<ModelOf<Of>> {
  const problems = [...problemsWith(options)]
  if (problems.length > 0) throw new RouterError('invalid-options', problems)
  const { router, providers, ...usual } = options
  const turns = createTurns()
  const version = () => versionOf(options)
  const modelFor = (taskType: string, own: ModelOptions = {}) =>
    // Its methods take and give what those of the providers' models do.
    createModel({ router, providers, turns, version }, taskType, {
      ...usual,
      ...own,
    }) as ModelOf<Of>
  return Object.assign((taskType: TaskType, own?: ModelOptions) => modelFor(taskType, own), {
    specificationVersion: version(),
    languageModel: (taskType: string) => modelFor(taskType),
    embeddingModel: refuse,
    imageModel: refuse,
    feedback: (reference: unknown, verdict: boolean | Feedback) =>
      router.recordPreference(toOutcome(reference, verdict)),
  })
}

function* problemsWith(options: unknown): Generator<string> {
  const { router, providers } = (options ?? {}) as Partial<WinrateOptions<Providers>>
  if (typeof router?.call !== 'function') yield 'router must be what createRouter() returns'
  const named = Object.entries(providers ?? {})
  if (named.length === 0) yield 'providers must name at least one provider: { openai, anthropic }'
  for (const [name, provider] of named) {
    if (typeof provider?.languageModel === 'function') continue
    yield `providers.${name} must be a provider of the AI SDK, or have a method languageModel(id)`
  }
}

/** Providers say it; of others a model does. */
function versionOf({ router, providers, candidates }: WinrateOptions<Providers>): 'v3' | 'v4' {
  const told = Object.values(providers).map(({ specificationVersion }) => specificationVersion)
  if (told.includes('v4')) return 'v4'
  if (told.every((version) => version === 'v3')) return 'v3'
  const { callable } = listCallable(
    router,
    { taskType: 'general', routing: { candidates } },
    (candidate) => modelOf(providers, candidate),
  )
  return callable.some(({ model }) => model.specificationVersion === 'v4') ? 'v4' : 'v3'
}

function refuse(id: string): never {
  throw new RouterError('no-candidate', [`winrate chooses language models only, not ${id}`])
}
