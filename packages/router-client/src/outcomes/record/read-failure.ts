import { failureKind } from '@winrate/shared-schema/contracts'
import type { Mistake } from './outcome-message.ts'

/** Where errors of SDKs, of Node and of fetch say what happened, the most telling first. */
const parts = ['status', 'code', 'name', 'message'] as const

/**
 * The word for a failure. Of an error, the part that tells its kind; a value without one stays as it is. A word of no
 * known kind is a mistake to tell, because it counts as the model's.
 */
export function readFailure(given: unknown, mistakes: Mistake[]): unknown {
  if (typeof given === 'object' && given !== null) {
    const told = parts
      .map((part) => Reflect.get(given, part))
      .find((value) => isWord(value) && failureKind(String(value)) !== undefined)
    return told ?? given
  }
  if (typeof given === 'string' && given !== '' && failureKind(given.slice(0, 200)) === undefined) {
    const name = given.slice(0, 40)
    const problem = `nobody knows the failure "${name}", so it counts against the model: for what says nothing about the model pass transport, configuration or cancelled, for its own mistakes quality`
    mistakes.push({ kind: 'failure-unknown', name, problem })
  }
  return given ?? undefined
}

function isWord(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}
