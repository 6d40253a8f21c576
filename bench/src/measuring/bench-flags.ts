import { parseFlags, parseValues, wholeNumber } from '@winrate/demo/flags'
import { z } from 'zod'

export const commonFlags = {
  quick: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

export interface OwnFlags<Number extends string, Switch extends string> {
  /** Flags that take a whole number, with their values in an ordinary and in a quick run. */
  readonly numbers?: Readonly<Record<Number, { readonly usual: number; readonly quick: number }>>
  readonly switches?: readonly Switch[]
}

type BenchFlags<Number extends string, Switch extends string> = {
  readonly quick: boolean
} & Readonly<Record<Number, number>> &
  Readonly<Record<Switch, boolean>>

/**
 * Reads a benchmark's command line: `--quick`, `--json`, `--help` and its own flags.
 *
 * @throws UsageError that names the mistakes.
 */
export function parseBenchFlags<Number extends string = never, Switch extends string = never>(
  args: readonly string[],
  { numbers, switches = [] }: OwnFlags<Number, Switch> = {},
): BenchFlags<Number, Switch> {
  const defaults = Object.entries<{ usual: number; quick: number }>(numbers ?? {})
  const { quick, ...given } = parseFlags(args, {
    ...commonFlags,
    ...Object.fromEntries(defaults.map(([name]) => [name, { type: 'string' } as const])),
    ...Object.fromEntries(switches.map((name) => [name, { type: 'boolean' } as const])),
  })
  const schemas = defaults.map(([name, { usual, quick: short }]) => [
    name,
    wholeNumber(1, 1e12).default(quick ? short : usual),
  ])
  return {
    quick,
    ...parseValues(z.object(Object.fromEntries(schemas)), given),
    ...Object.fromEntries(switches.map((name) => [name, name in given])),
  } as BenchFlags<Number, Switch>
}
