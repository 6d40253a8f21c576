import { UsageError } from '@winrate/demo/errors'

/**
 * Reads the value of a flag that must be a whole number above 0.
 *
 * @throws UsageError that names the flag.
 */
export function wholeFlag(name: string, given: string | undefined, usual: number): number {
  if (given === undefined) return usual
  const value = Number(given)
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new UsageError(`--${name} must be a whole number above 0`)
  }
  return value
}
