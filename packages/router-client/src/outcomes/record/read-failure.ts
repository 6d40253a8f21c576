import { failureKind, shortenFailure } from '@winrate/shared-schema/contracts'
import { isRecord } from '../../runtime/unknown-value.ts'
import type { Mistake } from './outcome-message.ts'

/** Where errors of SDKs, of Node and of fetch say what happened, the most telling first. */
const parts = ['status', 'statusCode', 'code', 'type', 'name'] as const
/** Where retries, fetch and bodies of answers keep the error that they are about. */
const wrapped = ['error', 'lastError', 'cause', 'data'] as const
const MAX_DEPTH = 4
const MOST_CHARS_READ = 1_000
/** The word for all of the account's money being spent. */
export const BILLING = 'billing'
/** What providers call it in a code or type. Their status may be that of a rate limit or of a bad request. */
const BILLING_CODE =
  /^(insufficient_(quota|balance|credits?|funds)|billing_\w+|(organization|project)_(spend|usage)_limit_exceeded)$/i
/** What they say without a code. Google's "check your plan and billing details" is a rate limit. */
const BILLING_TEXT =
  /credit balance is too low|billing hard limit|available credits|insufficient (balance|credits?|funds)|specified API usage limits/i

/**
 * The word for a failure. Of an error, the part that tells its kind; a value without one stays as it is. A word of no
 * known kind is a mistake to tell, because it counts as the model's.
 */
export function readFailure(given: unknown, mistakes: Mistake[]): unknown {
  if (typeof given === 'string' && given !== '' && failureKind(given.slice(0, 200)) === undefined) {
    const name = given.slice(0, 40)
    const problem = `nobody knows the failure "${name}": it counts against the model, as quality does; transport, configuration and cancelled do not`
    mistakes.push({ kind: 'failure-unknown', name, problem })
  }
  return failureWord(given) ?? given ?? undefined
}

/** The part of what was thrown that tells its kind; undefined where none does. */
export function failureWord(thrown: unknown): string | number | undefined {
  if (isBilling(thrown)) return BILLING
  const word = typeof thrown === 'string' ? thrown : tellingPart(thrown)
  return typeof word === 'string' ? shortenFailure(word) : word
}

function isBilling(thrown: unknown): boolean {
  if (typeof thrown === 'string') return BILLING_CODE.test(thrown)
  return [...thrownParts(thrown)].some(
    ({ code, type, message }) =>
      BILLING_CODE.test(String(code)) ||
      BILLING_CODE.test(String(type)) ||
      (typeof message === 'string' && BILLING_TEXT.test(message.slice(0, MOST_CHARS_READ))),
  )
}

/** An error and the errors that it is about. */
export function* thrownParts(thrown: unknown, depth = 0): Generator<Record<string, unknown>> {
  if (!isRecord(thrown) || depth === MAX_DEPTH) return
  yield thrown
  for (const part of wrapped) yield* thrownParts(thrown[part], depth + 1)
}

/** A message comes last: it repeats what the wrapped error says, in words that say something else by themselves. */
function tellingPart(given: unknown, depth = 0): string | number | undefined {
  if (!isRecord(given) || depth === MAX_DEPTH) return undefined
  const within = wrapped.map((part) => tellingPart(given[part], depth + 1))
  return [...parts.map((part) => given[part]), ...within, given['message']].find(tells)
}

function tells(value: unknown): value is string | number {
  return ['number', 'string'].includes(typeof value) && failureKind(String(value)) !== undefined
}
