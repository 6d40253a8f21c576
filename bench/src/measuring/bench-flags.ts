import { type ParseArgsConfig, parseArgs } from 'node:util'
import { UsageError } from '@winrate/demo/errors'

type Flags = NonNullable<ParseArgsConfig['options']>

const commonFlags = {
  quick: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

type BenchFlags<F extends Flags> = ReturnType<
  typeof parseArgs<{ options: typeof commonFlags & F; allowPositionals: false }>
>['values']

/**
 * Reads a benchmark's command line: `--quick`, `--json` and `--help`, and flags of its own.
 *
 * @throws UsageError that names the mistake.
 */
export function parseBenchFlags<F extends Flags>(
  args: readonly string[],
  ownFlags: F,
): BenchFlags<F> {
  try {
    const options = { ...commonFlags, ...ownFlags }
    return parseArgs({ args: [...args], options, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
