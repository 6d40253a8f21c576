// The command line. Exit codes: 0 done, 1 failed, 2 misused. Facts and help go to the standard output, all else to
// the standard error.
import { suggestName } from '@winrate/shared-schema/contracts'
import { CommanderError } from 'commander'
import { type Command, UsageError } from '../commands/command.ts'
import { ConfigError } from '../config/config.ts'
import { hidePasswords } from '../observability/create-logger.ts'
import { describeDatabaseError, isTransient, sqlStateOf } from '../postgres/database-errors.ts'
import { printableLines } from '../runtime/printable-text.ts'
import { createProgram, PROGRAM, usageOf } from './create-program.ts'

type Run = ReturnType<Command['prepare']>

export async function runCommandLine(
  commands: readonly Command[],
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  try {
    const run = parse(commands, args)
    return run === undefined ? 0 : await run(environment)
  } catch (error) {
    const message = hidePasswords(describeDatabaseError(error)) + adviceFor(error)
    process.stderr.write(`${printableLines(`winrate: ${message}`)}\n`)
    if (!(error instanceof UsageError)) return error instanceof ConfigError ? 2 : 1
    process.stderr.write(`${hintFor(findCommand(commands, args))}\n`)
    return 2
  }
}

/** What to do about an error whose text comes from the system. */
function adviceFor(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const cannotListen = code === 'EADDRINUSE' || code === 'EADDRNOTAVAIL' || code === 'EACCES'
  if (cannotListen && error instanceof Error && error.message.startsWith('listen ')) {
    return '; choose another address or port by WINRATE_HOST and WINRATE_PORT (0 takes any free port)'
  }
  const isAway = isTransient(error) && sqlStateOf(error) === undefined
  return isAway ? '; is the database of DATABASE_URL running and reachable?' : ''
}

/**
 * What the arguments ask for; undefined where that was help or the version, which are printed.
 *
 * @throws UsageError
 */
function parse(commands: readonly Command[], args: readonly string[]): Run | undefined {
  const [word, subject] = args
  const words = commands.map((command) => command.word)
  if (word === undefined) throw new UsageError('a command is missing')
  if (word === 'help' && subject !== undefined && !words.includes(subject)) {
    throw new UsageError(`unknown command '${subject}'${suggestName(subject, words)}`)
  }
  let run: Run | undefined
  const program = createProgram(commands, (command, typed) => {
    run = command.prepare(typed)
  })
  // Inherited by the commands only if set before they are added.
  for (const each of [program, ...program.commands]) each.configureOutput({ outputError() {} })
  try {
    program.parse(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return undefined
    throw new UsageError(explain(error, findCommand(commands, args)))
  }
  return run
}

function explain({ code, message }: CommanderError, command: Command | undefined): string {
  const text = message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.*)\?\)$/, ' (did you mean $1?)')
  const takesWords = command?.operands.some(({ choices }) => choices === undefined) === true
  if (code === 'commander.excessArguments') {
    return takesWords ? `${text} Put several words in quotes.` : text
  }
  const mayBeName =
    code === 'commander.unknownOption' && !text.includes('did you mean') && takesWords
  return mayBeName ? `${text}. A name that begins with "-" comes after "--".` : text
}

function findCommand(commands: readonly Command[], [word]: readonly string[]): Command | undefined {
  return commands.find((command) => command.word === word)
}

function hintFor(command: Command | undefined): string {
  if (command === undefined) return `Try "${PROGRAM} --help".`
  const usage = `${PROGRAM} ${command.word} ${usageOf(command)}`.trim()
  return `Usage: ${usage}\nTry "${PROGRAM} ${command.word} --help".`
}
