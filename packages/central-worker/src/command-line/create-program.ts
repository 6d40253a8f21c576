// Makes the parser of the command line from the table of commands. Its help pages are also docs/cli.md.
import { Argument, Option, Command as Program } from 'commander'
import type { Command, Flag, Typed } from '../commands/command.ts'
import { variablePhrases } from '../commands/variable-phrases.ts'
import { variables } from '../config/config.ts'
import { packageVersion } from '../runtime/package-version.ts'

/** How people reach the program: in a clone, in a project that has the package, and in the image. */
export const PROGRAM = 'npx winrate'

/** `choose` gets what was typed, and the command that it is for. */
export function createProgram(
  commands: readonly Command[],
  choose: (command: Command, typed: Typed) => void,
): Program {
  const program = new Program(PROGRAM)
    .description("Winrate learns from a fleet's outcomes which model succeeds at what.")
    .usage('COMMAND [options]')
    .version(packageVersion, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .commandsGroup('Help and shell:')
    .helpCommand('help [COMMAND]', 'show help of a command')
    // So that a command suggests its own options only.
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({
      subcommandTerm: (command) => `${command.name()} ${operandsOf(command)}`.trim(),
      argumentTerm: (argument) => argument.name(),
    })
    .addHelpText('after', `\nFor more of a command: ${PROGRAM} COMMAND --help`)
  for (const command of commands) {
    const parser = program
      .command(command.word)
      .helpGroup(`${command.group}:`)
      .summary(command.summary)
      .description(sentences(command))
      .usage(usageOf(command))
      .addHelpText('after', sections(command))
      .action(() => choose(command, { operands: parser.args, flags: parser.opts() }))
    for (const { name, description, required, choices } of command.operands) {
      const term = choices === undefined ? description : `${description}: ${choices.join(', ')}`
      parser.addArgument(new Argument(required ? `<${name}>` : `[${name}]`, term))
    }
    for (const flag of command.flags ?? []) parser.addOption(optionOf(flag))
  }
  return program
}

function optionOf({ name, value, description, repeats }: Flag): Option {
  const option = new Option(
    value === undefined ? name : `${name} <${value}>`,
    repeats === true ? `${description}; may be repeated` : description,
  )
  return repeats === true
    ? option.argParser((text, before: readonly string[] = []) => [...before, text])
    : option
}

export function usageOf({ operands, flags = [] }: Command): string {
  const names = operands.map(({ name, required }) => (required ? name : `[${name}]`))
  return [...(flags.length > 0 ? ['[options]'] : []), ...names].join(' ')
}

function operandsOf(command: Program): string {
  return command.registeredArguments
    .map((argument) => (argument.required ? argument.name() : `[${argument.name()}]`))
    .join(' ')
}

function sentences({ summary, details }: Command): string {
  const first = `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.`
  return details === undefined ? first : `${first}\n\n${details}`
}

/** What a page of help says besides operands and options. */
function sections({ examples, failure, variables: names }: Command): string {
  const calls = examples.map(([call, effect]) => {
    const typed = call.includes(PROGRAM) ? call : `${PROGRAM} ${call}`
    return effect === '' ? `  ${typed}` : `  # ${effect}\n  ${typed}`
  })
  const width = Math.max(...names.map((name) => name.length))
  const phrases = names.map((name) => {
    const preset = variables.find((one) => one.name === name)?.default
    const note = preset === undefined ? '' : ` (default ${preset})`
    return `  ${name.padEnd(width)}  ${variablePhrases[name]}${note}`
  })
  const failed = failure === undefined ? 'failed' : `failed, or ${failure}`
  return [
    ['', 'Examples:', ...calls],
    ...(names.length === 0 ? [] : [['', 'Environment:', ...phrases]]),
    ['', `Exit code: 0 done; 1 ${failed}; 2 misused`],
  ]
    .flat()
    .join('\n')
}
