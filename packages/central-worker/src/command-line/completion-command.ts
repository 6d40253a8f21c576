// `npx winrate completion`: writes a script that completes the command line in a shell.
import { z } from 'zod'
import { type Command, defineCommand } from '../commands/command.ts'
import { print } from '../commands/print.ts'
import { type Shell, shells, writeCompletion } from './write-completion.ts'

/** `commands` are those to complete, once they are all known. */
export function defineCompletion(commands: () => readonly Command[]): Command {
  return defineCommand({
    word: 'completion',
    group: 'Help and shell',
    summary: 'write the script that completes this in a shell',
    details:
      'It completes "winrate" and "npx winrate", without starting a program. Write it again after an update.',
    examples: [
      ['completion bash > ~/.winrate.bash', 'bash; then add "source ~/.winrate.bash" to ~/.bashrc'],
      [
        'completion zsh > ~/.winrate.zsh',
        'zsh; then add "source ~/.winrate.zsh" to ~/.zshrc, below compinit',
      ],
      ['completion fish > ~/.config/fish/conf.d/winrate.fish', 'fish'],
    ],
    variables: [],
    input: z.object({ shell: z.enum(shells, `must be ${shells.join(', ')}`) }),
    operands: [{ field: 'shell', name: 'SHELL', description: 'your shell', choices: shells }],
    async run(_environment, { shell }: { shell: Shell }) {
      print(writeCompletion(shell, commands()))
      return 0
    },
  })
}
