import { failureKind, shortenFailure } from '@winrate/shared-schema/contracts'
import type { Mistake } from './outcome-message.ts'

/** Where errors of SDKs, of Node and of fetch say what happened, the most telling first. */
const parts = ['status', 'statusCode', 'code', 'name', 'type'] as const
/** Where retries, fetch and bodies of answers keep the error that they are about. */
const wrapped = ['error', 'lastError', 'cause'] as const
const MAX_DEPTH = 3

/**
 * The word for a failure. Of an error, the part that tells its kind; a value without one stays as it is. A word of no
 * known kind is a mistake to tell, because it counts as the model's.
 */
export function readFailure(given: unknown, mistakes: Mistake[]): unknown {
  if (typeof given === 'object' && given !== null) {
    const told = tellingPart(given)
    return typeof told === 'string' ? shortenFailure(told) : (told ?? given)
  }
  if (typeof given === 'string' && given !== '' && failureKind(given.slice(0, 200)) === undefined) {
    const name = given.slice(0, 40)
    const problem = `nobody knows the failure "${name}", so it counts against the model: for what says nothing about the model pass transport, configuration or cancelled, for its own mistakes quality`
    mistakes.push({ kind: 'failure-unknown', name, problem })
  }
  return typeof given === 'string' ? shortenFailure(given) : (given ?? undefined)
}

/** A message comes last: it repeats what the wrapped error says, in words that say something else by themselves. */
function tellingPart(given: object, depth = 0): unknown {
  const tells = (value: unknown) => isWord(value) && failureKind(String(value)) !== undefined
  const told = parts.map((part) => Reflect.get(given, part)).find(tells)
  if (told !== undefined) return told
  for (const part of wrapped) {
    const inner: unknown = Reflect.get(given, part)
    if (typeof inner !== 'object' || inner === null || depth === MAX_DEPTH) continue
    const within = tellingPart(inner, depth + 1)
    if (within !== undefined) return within
  }
  return [Reflect.get(given, 'message')].find(tells)
}

function isWord(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}
