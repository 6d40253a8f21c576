#!/usr/bin/env node
// The command line of the worker. Exit codes: 0 done, 1 failed, 2 misused.
import { parseArgs } from 'node:util'
import {
  evaluateCommand,
  evaluateUsage,
  readEvaluateOptions,
} from './analysis/commands/evaluate-command.ts'
import {
  findOperandProblem,
  patternsCommand,
  quarantineCommand,
  quarantinesCommand,
  releaseCommand,
  type VerdictOperands,
} from './analysis/commands/insight-commands.ts'
import {
  type CommandContext,
  controlCommand,
  doctorCommand,
  migrateCommand,
  rebuildRollupsCommand,
  requeueCommand,
  statusCommand,
} from './commands/database-commands.ts'
import { openDatabase } from './commands/open-database.ts'
import { printableLines } from './commands/printable.ts'
import { startCommand } from './commands/start-command.ts'
import { type Config, ConfigError, parseConfig } from './config.ts'
import { createLogger, hidePasswords } from './observability/create-logger.ts'
import { packageVersion } from './package-version.ts'
import { createPool } from './postgres/create-pool.ts'
import { assertSchema } from './postgres/migrate.ts'

const usage = `winrate ${packageVersion}: learns from a fleet's outcomes which model succeeds at what

  winrate start                       run a worker (DATABASE_URL, or an embedded Postgres)
  winrate migrate                     bring the database to this version's schema
  winrate status                      what is served, what waits, and the current metrics
  winrate patterns                    which models gain where, which instances differ, which thinking levels pay
  winrate quarantines                 whose outcomes are left out, why and since when
  winrate quarantine INSTANCE REASON  leave out what an instance sent, from the next tick on
  winrate release INSTANCE [REASON]   count it again from the next tick on
  winrate evaluate [OPTIONS]          what other policies would have achieved; winrate evaluate --help
  winrate doctor                      examine everything a worker stands on; exit code 1 if something fails
  winrate pin VERSION                 serve the content of an earlier snapshot until unpin
  winrate unpin                       serve current metrics again
  winrate canary SHARE                give new snapshots to this share of the instances only (0 to 1)
  winrate canary promote|abort        give them to all, or take all back to what the others have
  winrate new-epoch                   make every client take the next snapshot, after history was lost
  winrate rebuild-rollups             sum the rollups anew, after outcomes were changed by hand
  winrate requeue REASON              put dead letters of this reason back into the queue

Configuration is by environment: see docs/operations.md.
`

class UsageError extends Error {}

type DatabaseCommand = (context: CommandContext) => Promise<number>

async function main(args: readonly string[]): Promise<number> {
  // It alone has options of its own.
  if (args[0] === 'evaluate') return evaluate(args.slice(1))
  const { positionals, values } = readArguments(args)
  if (values.version) return print(packageVersion)
  if (values.help) return print(usage)
  const [command, ...operands] = positionals
  if (command === undefined) throw new UsageError('a command is missing')
  if (command === 'start') {
    if (operands.length > 0) throw new UsageError('start takes no operands')
    const config = parseConfig(process.env)
    return startCommand(config, createLogger(config.logLevel))
  }
  const run = databaseCommand(command, operands)
  return onDatabase(parseConfig(process.env), run)
}

function evaluate(args: readonly string[]): number | Promise<number> {
  const options = misuse(() => readEvaluateOptions(args))
  if (options.help) return print(evaluateUsage)
  return onDatabase(parseConfig(process.env), (context) => evaluateCommand(context, options))
}

function databaseCommand(command: string, operands: readonly string[]): DatabaseCommand {
  const { least, most, words } = operandCounts[command] ?? noOperands
  if (operands.length < least || operands.length > most) {
    throw new UsageError(`${command} takes ${words}`)
  }
  const [operand = '', reason] = operands
  switch (command) {
    case 'migrate':
      return migrateCommand
    case 'status':
      return statusCommand
    case 'doctor':
      return doctorCommand
    case 'patterns':
      return patternsCommand
    case 'quarantines':
      return quarantinesCommand
    case 'quarantine':
      return withVerdict(quarantineCommand, { instanceId: operand, reason })
    case 'release':
      return withVerdict(releaseCommand, { instanceId: operand, reason })
    case 'rebuild-rollups':
      return rebuildRollupsCommand
    case 'requeue':
      return (context) => requeueCommand(context, operand)
    case 'pin':
      return (context) =>
        controlCommand(context, (control) => control.pin(readNumber('VERSION', operand)))
    case 'unpin':
      return (context) => controlCommand(context, (control) => control.unpin())
    case 'new-epoch':
      return (context) => controlCommand(context, (control) => control.newEpoch())
    case 'canary':
      return (context) =>
        controlCommand(context, (control) => {
          if (operand === 'promote') return control.promoteCanary()
          if (operand === 'abort') return control.abortCanary()
          return control.startCanary(readNumber('SHARE', operand))
        })
    default:
      throw new UsageError(`there is no command "${command}"`)
  }
}

interface OperandCount {
  readonly least: number
  readonly most: number
  readonly words: string
}

const noOperands: OperandCount = { least: 0, most: 0, words: 'no operands' }
const oneOperand: OperandCount = { least: 1, most: 1, words: 'one operand' }
const operandCounts: Readonly<Record<string, OperandCount | undefined>> = {
  pin: oneOperand,
  canary: oneOperand,
  requeue: oneOperand,
  quarantine: { least: 2, most: 2, words: 'INSTANCE and REASON; put several words in quotes' },
  release: { least: 1, most: 2, words: 'INSTANCE and maybe REASON; put several words in quotes' },
}

function withVerdict(
  run: (context: CommandContext, operands: VerdictOperands) => Promise<number>,
  operands: VerdictOperands,
): DatabaseCommand {
  const problem = findOperandProblem(operands)
  if (problem !== undefined) throw new UsageError(problem)
  return (context) => run(context, operands)
}

async function onDatabase(config: Config, run: DatabaseCommand): Promise<number> {
  const database = await openDatabase(config)
  const { connectionString } = database
  const pool = createPool({ connectionString, size: 3, logger: createLogger('silent') })
  try {
    if (run !== migrateCommand && run !== doctorCommand) await assertSchema(pool)
    return await run({ config, pool, connectionString, print })
  } finally {
    await pool.end()
    await database.close()
  }
}

function readArguments(args: readonly string[]) {
  return misuse(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } },
    }),
  )
}

/** What reading the arguments throws is their fault. */
function misuse<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function readNumber(name: string, text: string): number {
  const number = Number(text)
  if (text === '' || !Number.isFinite(number)) throw new UsageError(`${name} must be a number`)
  return number
}

function print(text: string): number {
  process.stdout.write(`${printableLines(text.trimEnd())}\n`)
  return 0
}

/** A host with several addresses fails with an error that says nothing itself. */
function describeError(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describeError).join('; ')
  return error instanceof Error ? error.message || error.name : String(error)
}

main(process.argv.slice(2)).then(
  (exitCode) => {
    process.exitCode = exitCode
  },
  (error: unknown) => {
    const message = describeError(error)
    const help = error instanceof UsageError ? '\nTry "winrate --help".' : ''
    process.stderr.write(`${printableLines(`winrate: ${hidePasswords(message)}${help}`)}\n`)
    process.exitCode = error instanceof UsageError || error instanceof ConfigError ? 2 : 1
  },
)
