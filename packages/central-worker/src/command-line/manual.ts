// docs/cli.md: the help pages of all commands, and the shapes of what they print as JSON.
import { type Command, groups } from '../commands/command.ts'
import { createProgram, PROGRAM } from './create-program.ts'
import { describeShape } from './shape.ts'

const introduction = `# Command line

Written by \`npm run docs:cli\` from the table of commands; a test compares it.

\`${PROGRAM} COMMAND\` works in a clone (it installs and builds what is missing), in a project that has the package
(\`npm install @winrate/central-worker\`), and in the image. Elsewhere, \`npx @winrate/central-worker COMMAND\` fetches the package
first; never run a bare \`npx winrate\` there, because npm would fetch whatever package has that name.

Facts and help go to the standard output; errors, hints and progress go to the standard error. With \`--json\`, a command prints one
JSON object on one line and nothing else. Later versions may add fields; they keep the names and meanings of these.
Times are ISO 8601 in UTC. A field with \`?\` is missing where there is nothing to say.

\`${PROGRAM} completion SHELL\` writes the completion for bash, zsh or fish.
`

export function writeManual(commands: readonly Command[]): string {
  const program = createProgram(commands, () => {})
  const sections = groups.flatMap((group) => [
    `## ${group}`,
    ...commands
      .filter((command) => command.group === group)
      .flatMap((command) => {
        const page = program.commands.find((each) => each.name() === command.word)
        return [
          `### ${command.word}`,
          block('text', helpOf(page)),
          ...(command.facts === undefined
            ? []
            : ['`--json` prints:', block('text', describeShape(command.facts))]),
        ]
      }),
  ])
  return `${[introduction.trimEnd(), block('text', helpOf(program)), ...sections].join('\n\n')}\n`
}

/** The whole page, of a width that documents have. */
function helpOf(page: ReturnType<typeof createProgram> | undefined): string {
  let text = ''
  page?.configureOutput({
    getOutHelpWidth: () => 100,
    writeOut: (part) => {
      text += part
    },
  })
  page?.outputHelp()
  return text.trimEnd()
}

function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``
}
