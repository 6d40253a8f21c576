// A `fetch` for an SDK: a request whose model is `winrate/TASK-TYPE` goes through the router, any other one goes on untouched.
import { isTaskType, taskTypeRule } from '@winrate/shared-schema/contracts'
import { type Feedback, toOutcome } from '../adapters/feedback.ts'
import { createTurns } from '../adapters/turns.ts'
import { RouterError } from '../runtime/router-error.ts'
import type { ModelApi } from './apis/model-api.ts'
import { type CallInput, callModel, type Sent } from './call-model.ts'
import type { WinrateOptions } from './options.ts'
import { ProviderError } from './provider-error.ts'
import { REFERENCE_HEADER } from './read-headers.ts'
import { type FoundRequest, findRequest } from './read-request.ts'
import { createRetries } from './retries.ts'

/** Where a reference may be found: itself, headers, or a response with them. */
export type Referring =
  | string
  | { get(name: string): string | null }
  | { readonly headers: { get(name: string): string | null } }

/** @throws RouterError where the options are none. */
export function readOptions(options: WinrateOptions, usualProvider: string): CallInput {
  const problems = [...problemsWith(options)]
  if (problems.length > 0) throw new RouterError('invalid-options', problems)
  const { router, provider = usualProvider, fetch: _, observe, taskType, ...rest } = options
  const isWatched = observe === true
  return {
    ...{ router, provider, turns: createTurns() },
    observedAs: isWatched ? (taskType ?? 'general') : undefined,
    usual: isWatched ? rest : { ...rest, observe },
  }
}

function* problemsWith(options: unknown): Generator<string> {
  const { router, provider, fetch, taskType } = (options ?? {}) as Partial<WinrateOptions>
  if (typeof router?.call !== 'function') yield 'router must be what createRouter() returns'
  if (!['undefined', 'string'].includes(typeof provider))
    yield 'provider must be a name, as the router has it'
  if (!['undefined', 'function'].includes(typeof fetch)) yield 'fetch must be a function'
  if (taskType !== undefined && !isTaskType(taskType)) yield `taskType must be ${taskTypeRule}`
}

export function createFetch(
  input: CallInput,
  apis: readonly ModelApi[],
  given: typeof globalThis.fetch | undefined,
): typeof globalThis.fetch {
  const retries = createRetries()
  return async (target, init) => {
    // Read at each call: tests and tools replace the global one.
    const send = given ?? globalThis.fetch
    const found = await findRequest(apis, input.observedAs, target, init)
    if (found === undefined) return send(target, init)
    const request = target instanceof Request ? target : undefined
    const headers = new Headers(init?.headers ?? request?.headers)
    const signal = init?.signal ?? request?.signal
    const repeats = retries.take(headers, found.text) ?? {}
    const sendOn = (sent: Sent) =>
      request === undefined
        ? send(target, { ...init, ...sent })
        : send(new Request(request.clone(), { ...init, ...sent }))
    try {
      return await callModel(input, { ...found, headers, signal, repeats }, sendOn)
    } catch (error) {
      retries.leave(headers, found.text, repeats)
      return responseTo(error, found)
    }
  }
}

/** What a provider answered is answered, so that the SDK's own errors are thrown; what the router refuses, no SDK should try again. */
function responseTo(error: unknown, { api }: FoundRequest): Response {
  if (error instanceof ProviderError) return error.response
  if (!(error instanceof RouterError)) throw error
  return Response.json(api.error(error.message), {
    ...{ status: 400, headers: { 'x-should-retry': 'false' } },
  })
}

/** Records what became of an answer. */
export function createFeedback(router: WinrateOptions['router']) {
  return (found: Referring | undefined, verdict: boolean | Feedback): 'queued' | 'dropped' =>
    router.recordPreference(toOutcome(referenceIn(found) ?? '', verdict))
}

function referenceIn(found: Referring | undefined): string | null | undefined {
  if (typeof found === 'string' || found === undefined || found === null) return found
  const headers = 'headers' in found ? found.headers : found
  return headers.get(REFERENCE_HEADER)
}
