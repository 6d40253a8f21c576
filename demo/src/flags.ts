// Reads the flags of a command line, for the demo and the benchmarks.
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { z } from 'zod'
import { UsageError } from './errors.ts'

export type Flags = NonNullable<ParseArgsConfig['options']>
export type FlagValues<F extends Flags> = ReturnType<
  typeof parseArgs<{ options: F; allowPositionals: false }>
>['values']

/** @throws UsageError that names a flag that is unknown or lacks its value. */
export function parseFlags<F extends Flags>(args: readonly string[], options: F): FlagValues<F> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values
  } catch (error) {
    // Node's messages continue with advice that does not fit here.
    const [message = ''] = (error instanceof Error ? error.message : String(error)).split(/\.\s/)
    throw new UsageError(message)
  }
}

/** @throws UsageError that names every flag whose value is invalid. */
export function parseValues<T extends z.ZodType>(schema: T, given: unknown): z.output<T> {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const mistakes = parsed.error.issues.map(({ path, message }) => `--${path.join('.')} ${message}`)
  throw new UsageError(mistakes.join('; '))
}

/** The text of a whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= most, message)
}

/** The text of a list of files, separated by commas. */
export const fileList = z
  .string()
  .transform((text) => text.split(','))
  .refine((files) => files.every((file) => file.trim() !== ''), 'must be FILE[,FILE…]')
