import { unknownOptions } from '../routing/request/request.ts'
import type { RouteOptions } from '../routing/request/route-options.ts'
import { RouterError } from '../runtime/router-error.ts'
import { isRecord } from '../runtime/unknown-value.ts'
import { type AnyCallOptions, callOptionNames } from './call-options.ts'

export const DEFAULT_ATTEMPTS = 3
const CALLBACK_RULE =
  'callback must be a function that calls the model: call(task type, messages, callback, options)'

type OwnOptions<Answer> = Omit<AnyCallOptions<Answer>, keyof RouteOptions>

export interface ReadOptions<Answer> {
  readonly own: OwnOptions<Answer> & { readonly maxAttempts: number }
  readonly routing: RouteOptions
}

/**
 * @throws RouterError with every mistake in the callback and the options of a call, unknown names included: without a
 * misspelt `verify` a call would go on unjudged. Values of routing's options become problems of the decision.
 */
export function readCallOptions<Answer>(
  callback: unknown,
  options: AnyCallOptions<Answer> | null | undefined,
): ReadOptions<Answer> {
  const given: AnyCallOptions<Answer> = options ?? {}
  const problems = isRecord(given)
    ? unknownOptions(given, callOptionNames)
    : ['options must be an object']
  if (typeof callback !== 'function') problems.unshift(CALLBACK_RULE)
  const own: Record<string, unknown> = { maxAttempts: DEFAULT_ATTEMPTS }
  const routing: Record<string, unknown> = { ...given }
  for (const name of callOptionNames) {
    const value: unknown = given[name] ?? undefined
    delete routing[name]
    if (value === undefined) continue
    const problem = problemWith(name, value)
    if (problem === undefined) own[name] = value
    else problems.push(`${name} must be ${problem}`)
  }
  if (problems.length > 0) throw new RouterError('invalid-options', problems)
  return { own: own as ReadOptions<Answer>['own'], routing }
}

function problemWith(name: (typeof callOptionNames)[number], value: unknown): string | undefined {
  switch (name) {
    case 'verify':
    case 'streamOf':
    case 'usageOf':
      return typeof value === 'function' ? undefined : 'a function'
    case 'turn':
      return typeof value === 'object' ? undefined : 'an object'
    case 'signal':
      return value instanceof AbortSignal ? undefined : 'an AbortSignal'
    case 'maxAttempts':
      return Number.isInteger(value) && Number(value) >= 1 ? undefined : 'a whole number above 0'
    case 'maxCostUsd':
      return typeof value === 'number' && value >= 0 ? undefined : 'a number of at least 0'
    default:
      return typeof value === 'number' && value > 0 ? undefined : 'a number of milliseconds above 0'
  }
}
