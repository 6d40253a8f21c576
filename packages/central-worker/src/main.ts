#!/usr/bin/env node
// The command line of the worker. Exit codes: 0 done, 1 failed, 2 misused.
import { evaluate } from './analysis/commands/evaluate-command.ts'
import { patterns } from './analysis/commands/patterns-command.ts'
import { type Command, UsageError } from './commands/command.ts'
import { doctor, migrate, rebuildRollups, requeue, status } from './commands/database-commands.ts'
import {
  canary,
  newEpoch,
  pin,
  quarantine,
  quarantines,
  release,
  unpin,
} from './commands/operator-commands.ts'
import { print } from './commands/print.ts'
import { start } from './commands/start-command.ts'
import { ConfigError, parseConfig } from './config/config.ts'
import { hidePasswords } from './observability/create-logger.ts'
import { describeDatabaseError } from './postgres/database-errors.ts'
import { packageVersion } from './runtime/package-version.ts'
import { printableLines } from './runtime/printable-text.ts'

const commands: readonly Command[] = [
  start,
  migrate,
  status,
  patterns,
  quarantines,
  quarantine,
  release,
  evaluate,
  doctor,
  pin,
  unpin,
  canary,
  newEpoch,
  rebuildRollups,
  requeue,
]

async function main(args: readonly string[]): Promise<number> {
  const [word, ...rest] = args
  const command = commands.find((each) => each.word === word)
  if (args.includes('--version')) {
    print(packageVersion)
    return 0
  }
  if (args.includes('--help') || args.includes('-h')) {
    print(command?.help ?? usage())
    return 0
  }
  if (word === undefined) throw new UsageError('a command is missing')
  if (command === undefined) throw new UsageError(`there is no command "${word}"`)
  const run = command.prepare(rest)
  return run(parseConfig(process.env))
}

function usage(): string {
  const lines = commands.map(({ word, synopsis, summary }) => {
    const call = `  winrate ${word} ${synopsis}`
    return `${call.padEnd(38)}${summary}`
  })
  return `winrate ${packageVersion}: learns from a fleet's outcomes which model succeeds at what

${lines.join('\n')}

Configuration is by environment: see docs/operations.md.
`
}

main(process.argv.slice(2)).then(
  (exitCode) => {
    process.exitCode = exitCode
  },
  (error: unknown) => {
    const message = describeDatabaseError(error)
    const help = error instanceof UsageError ? '\nTry "winrate --help".' : ''
    process.stderr.write(`${printableLines(`winrate: ${hidePasswords(message)}${help}`)}\n`)
    process.exitCode = error instanceof UsageError || error instanceof ConfigError ? 2 : 1
  },
)
