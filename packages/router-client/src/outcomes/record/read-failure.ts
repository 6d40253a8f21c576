import { failureKind, shortenFailure } from '@winrate/shared-schema/contracts'
import { isRecord } from '../../runtime/unknown-value.ts'
import type { Mistake } from './outcome-message.ts'

/** Where errors of SDKs, of Node and of fetch say what happened, the most telling first. */
const parts = ['status', 'statusCode', 'code', 'name', 'type'] as const
/** Where retries, fetch and bodies of answers keep the error that they are about. */
const wrapped = ['error', 'lastError', 'cause'] as const
const MAX_DEPTH = 4

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
  const word = typeof thrown === 'string' ? thrown : tellingPart(thrown)
  return typeof word === 'string' ? shortenFailure(word) : word
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
