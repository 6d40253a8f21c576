// Writes scripts that complete the command line, from the table of commands. The scripts hold all words, so a shell
// starts no program to complete one. They complete `npx winrate` too, where nothing else completes `npx`.
import type { Command, Flag } from '../commands/command.ts'

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

export function writeCompletion(shell: Shell, commands: readonly Command[]): string {
  return writers[shell](commands)
}

const help: Flag = { name: '--help', description: 'show help' }
const flagsOf = ({ flags = [] }: Command) => [...flags, help]
const isFile = ({ value }: Flag) => value === 'FILE'

const writers: Record<Shell, (commands: readonly Command[]) => string> = {
  bash(commands) {
    const words = commands.map(({ word }) => word).join(' ')
    const flags = commands.map((command) => {
      const names = flagsOf(command).map(({ name }) => name)
      const valued = flagsOf(command).filter(({ value }) => value !== undefined)
      const behind = valued.map(({ name }) => `${name} `).join('')
      return `    ${command.word}) flags='${names.join(' ')}' valued=' ${behind}' wanted=${command.operands.length} ;;`
    })
    const values = commands.flatMap((command) => [
      ...command.operands.flatMap(({ choices = [] }, at) =>
        choices.length === 0
          ? []
          : [`    '${command.word} ${at}') words='${choices.join(' ')}' ;;`],
      ),
      ...flagsOf(command)
        .filter(isFile)
        .map(({ name }) => `    '${command.word} ${name}') compopt -o default 2>/dev/null ;;`),
    ])
    return `# Completes winrate and npx winrate in bash.
_winrate() {
  local current=\${COMP_WORDS[COMP_CWORD]} at=0 command flags='' valued='' wanted=0
  local index word operands=0 behind='' words=''
  COMPREPLY=()
  if [[ \${COMP_WORDS[0]##*/} == npx ]]; then
    if ((COMP_CWORD == 1)); then
      COMPREPLY=($(compgen -W winrate -- "$current"))
      return
    elif [[ \${COMP_WORDS[1]} != winrate ]]; then
      compopt -o default 2>/dev/null
      return
    fi
    at=1
  fi
  if ((COMP_CWORD == at + 1)); then
    COMPREPLY=($(compgen -W '${words} help --help --version' -- "$current"))
    return
  fi
  command=\${COMP_WORDS[at + 1]}
  case $command in
${flags.join('\n')}
    help) wanted=1 ;;
  esac
  for ((index = at + 2; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if [[ $word == = ]]; then
      continue
    elif [[ -n $behind ]]; then
      behind=''
    elif [[ $valued == *" $word "* ]]; then
      behind=$word
    elif [[ $word != -* ]]; then
      operands=$((operands + 1))
    fi
  done
  [[ $current == = ]] && current=''
  case "$command \${behind:-$operands}" in
${values.join('\n')}
    'help 0') words='${words}' ;;
  esac
  if [[ -z $behind && ($current == -* || $operands -ge $wanted) ]]; then
    words=$flags
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _winrate winrate
complete -p npx >/dev/null 2>&1 || complete -F _winrate npx
`
  },

  zsh(commands) {
    const described = commands.map(({ word, summary }) => quote(`${word}:${summary}`))
    const argumentsOf = (command: Command) => [
      ...flagsOf(command).map((flag) => {
        const { name, value, description, repeats } = flag
        const behind = value === undefined ? '' : `:${value}:${isFile(flag) ? '_files' : ' '}`
        const text = description.replace(/[[\]:\\]/g, '\\$&')
        return quote(
          `${repeats === true ? '*' : ''}${name}${value === undefined ? '' : '='}[${text}]${behind}`,
        )
      }),
      ...command.operands.map(({ name, required, choices = [] }, at) =>
        quote(
          `${at + 1}:${required ? '' : ':'}${name}:${choices.length === 0 ? ' ' : `(${choices.join(' ')})`}`,
        ),
      ),
    ]
    const cases = commands.map(
      (command) => `    ${command.word}) _arguments ${argumentsOf(command).join(' ')} ;;`,
    )
    return `#compdef winrate
# Completes winrate and npx winrate in zsh.
_winrate() {
  if [[ \${words[1]:t} == npx ]]; then
    if (( CURRENT == 2 )); then
      compadd winrate
      return
    elif [[ $words[2] != winrate ]]; then
      _default
      return
    fi
    shift words
    (( CURRENT-- ))
  fi
  local -a commands
  commands=(
    ${[...described, quote('help:show help of a command')].join('\n    ')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    [[ $PREFIX == -* ]] && compadd -- --help --version
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${cases.join('\n')}
    help) (( CURRENT == 2 )) && _describe command commands ;;
  esac
}
if [[ $funcstack[1] == _winrate ]]; then
  _winrate "$@"
else
  compdef _winrate winrate
  [[ -n $_comps[npx] ]] || compdef _winrate npx
fi
`
  },

  fish(commands) {
    const lines = commands.flatMap((command) => [
      `    complete -c $program -n '__winrate_at' -a ${command.word} -d ${quote(command.summary, 'fish')}`,
      ...command.operands.flatMap(({ choices = [] }, at) =>
        choices.length === 0
          ? []
          : [
              `    complete -c $program -n '__winrate_at ${command.word} ${at + 1}' -a '${choices.join(' ')}'`,
            ],
      ),
      ...flagsOf(command).map((flag) => {
        const behind = flag.value === undefined ? '' : isFile(flag) ? ' -r -F' : ' -x'
        return `    complete -c $program -n '__winrate_at ${command.word}' -l ${flag.name.slice(2)}${behind} -d ${quote(flag.description, 'fish')}`
      }),
    ])
    return `# Completes winrate and npx winrate in fish.
# The words behind winrate and before the cursor; fails behind another program.
function __winrate_words
    set -l words (commandline -opc)
    if string match -qr '(^|/)npx$' -- $words[1]
        test "$words[2]" = winrate; or return 1
        set -e words[1]
    end
    set -e words[1]
    string join \\n -- $words
    return 0
end
# Whether no command is there yet, or this one, and so many words with it.
function __winrate_at
    set -l words (__winrate_words); or return 1
    if test (count $argv) -eq 0
        test (count $words) -eq 0
    else if test "$words[1]" != $argv[1]
        return 1
    else if test (count $argv) -gt 1
        test (count $words) -eq $argv[2]
    end
end
function __winrate_here
    __winrate_words >/dev/null
end
for program in winrate npx
    complete -c $program -f -n __winrate_here
    complete -c $program -n __winrate_at -l version -d 'print the version'
    complete -c $program -n __winrate_at -l help -d 'show help'
    complete -c $program -n __winrate_at -a help -d 'show help of a command'
    complete -c $program -n '__winrate_at help 1' -a '${commands.map(({ word }) => word).join(' ')}'
${lines.join('\n')}
end
`
  },
}

function quote(text: string, shell: 'sh' | 'fish' = 'sh'): string {
  return shell === 'fish'
    ? `'${text.replace(/[\\']/g, '\\$&')}'`
    : `'${text.replaceAll("'", "'\\''")}'`
}
