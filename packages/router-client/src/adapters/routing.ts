// How an adapter asks the router: for the candidates that can be called through it, at the caller's own thinking level.
import type { CallOptions } from '../calls/call-options.ts'
import type { RankOptions, Router } from '../router.ts'
import type { Exclusion, RouteOptions } from '../routing/request/route-options.ts'
import type { Candidate } from '../routing/table/candidate.ts'

/** What of the options of `call()` adapters take. */
export type CallLimits = Pick<
  CallOptions<unknown>,
  'verifyMs' | 'maxAttempts' | 'maxCostUsd' | 'firstOutputMs' | 'timeoutMs'
>

/** The candidates in two: those that can be called here, with what calls them, and the others. */
export interface Listed<Of> {
  readonly callable: readonly { readonly candidate: Candidate; readonly model: Of }[]
  readonly others: readonly Candidate[]
}

/** @param find What calls a candidate here; undefined where nothing does. */
export function listCallable<Of>(
  router: Pick<Router, 'rankedForTask'>,
  { taskType, routing }: { readonly taskType: string; readonly routing: RankOptions },
  find: (candidate: Candidate) => Of | undefined,
): Listed<Of> {
  const { candidates, thinkingLevel, context } = routing
  const callable: { candidate: Candidate; model: Of }[] = []
  const others: Candidate[] = []
  for (const candidate of router.rankedForTask(taskType, { candidates, thinkingLevel, context })) {
    const model = find(candidate)
    if (model === undefined) others.push(candidate)
    else callable.push({ candidate, model })
  }
  return { callable, others }
}

/**
 * @param call `unfit` must not be chosen, besides what the caller excludes; `level` is the caller's own, said in the SDK's way.
 */
export function routingFor<Given extends RouteOptions>(
  given: Given,
  { callable }: Listed<unknown>,
  call: {
    readonly unfit: readonly Candidate[]
    readonly level: string | undefined
    readonly hasTools: boolean
  },
) {
  const { unfit, level: thinkingLevel, hasTools } = call
  // Otherwise what is called at the caller's level would be recorded as without one.
  const atLevel = thinkingLevel !== undefined &&
    given.thinkingLevel === undefined && {
      candidates: callable.map(({ candidate: { provider, model } }) => ({
        ...{ provider, model, thinkingLevel },
      })),
    }
  const excluded = unfit.map(({ provider, model }) => ({ provider, model }))
  const exclude = [...listOf(given.exclude), ...excluded]
  return { tools: hasTools ? true : undefined, ...given, ...atLevel, exclude }
}

function listOf(given: RouteOptions['exclude']): readonly Exclusion[] {
  if (given === undefined || given === null) return []
  return given instanceof Set ? [...given] : ([given].flat() as Exclusion[])
}
