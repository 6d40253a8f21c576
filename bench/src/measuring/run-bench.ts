import { UsageError } from '@winrate/demo/errors'
import { describeMachine, machineLine } from './machine.ts'

export interface Bench {
  /** The name in the command, as in `npm run bench:ingest`. */
  readonly name: string
  readonly help: string
  /** Measures, and returns a table for people and figures for programs. */
  readonly run: (args: readonly string[]) => Promise<BenchReport>
}

export interface BenchReport {
  readonly table: string
  readonly figures: Readonly<Record<string, unknown>>
}

/**
 * Runs the command of a benchmark: prints the machine and the table, and with `--json` one object as the last
 * line of stdout.
 */
export async function runBench({ name, help, run }: Bench): Promise<void> {
  const args = process.argv.slice(2)
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help)
    return
  }
  try {
    const { table, figures } = await run(args)
    const machine = describeMachine()
    process.stdout.write(`${machineLine(machine)}\n\n${table}`)
    if (args.includes('--json')) {
      process.stdout.write(`${JSON.stringify({ bench: name, ...figures, machine })}\n`)
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\nSee npm run bench:${name} -- --help\n`)
    process.exitCode = 2
  }
}
