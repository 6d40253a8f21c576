// The completion scripts, by keys in the shells themselves. A shell that is not installed is skipped.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commands } from '../command-table.ts'
import { shells, writeCompletion } from './write-completion.ts'

const folder = mkdtempSync(join(tmpdir(), 'winrate-completion-'))
const scriptOf = (shell: string) => join(folder, `winrate.${shell}`)
const isInstalled = (program: string) => spawnSync('which', [program]).status === 0
const hasTerminal = process.platform === 'linux' && isInstalled('script')

beforeAll(() => {
  for (const shell of shells) writeFileSync(scriptOf(shell), writeCompletion(shell, commands))
  writeFileSync(join(folder, 'thrifty.json'), '{}')
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Starts a shell on a terminal, types lines, and returns what each call of winrate or npx got. */
async function typeLines(call: string, setUp: readonly string[], lines: readonly string[]) {
  const shell = spawn('script', ['-qec', call, '/dev/null'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', TERM: 'dumb', HISTFILE: '/dev/null', HOME: folder },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  let output = ''
  let onOutput: () => void = () => {}
  shell.stdout.on('data', (chunk) => {
    output += String(chunk)
    onOutput()
  })
  /** Waits until the shell has run the line. */
  const type = (line: string) =>
    new Promise<string>((resolve) => {
      const from = output.length
      const mark = `mark-${from}`
      onOutput = () => {
        const answer = output.slice(from)
        // The echo of the line holds the mark in halves, the output of the command in one piece.
        if (answer.includes(mark)) resolve(answer)
      }
      shell.stdin.write(`${line}\n printf '%s%s\\n' 'mark' '-${from}'\n`)
    })
  for (const line of [
    ...setUp,
    `winrate() { printf '(%s)' winrate "$@"; echo; }`,
    `npx() { printf '(%s)' npx "$@"; echo; }`,
  ]) {
    await type(line)
  }
  const calls: (string | undefined)[] = []
  for (const line of lines) calls.push(/^\((?:winrate|npx)\).*\)/m.exec(await type(line))?.[0])
  shell.stdin.write('exit\n')
  shell.stdin.end()
  return calls
}

const typed: readonly (readonly [keys: string, got: string])[] = [
  ['winrate canar\t pro\t', '(winrate)(canary)(promote)'],
  ['npx winr\t reb\t', '(npx)(winrate)(rebuild-rollups)'],
  ['npx winrate completion fi\t', '(npx)(winrate)(completion)(fish)'],
  ['winrate help doc\t', '(winrate)(help)(doctor)'],
  ['winrate pin 3 --js\t', '(winrate)(pin)(3)(--json)'],
  ['winrate evaluate --task\t', '(winrate)(evaluate)(--task-type'],
  ['winrate evaluate --policy thri\t', '(winrate)(evaluate)(--policy)(thrifty.json)'],
  ['winrate evaluate --policy=thri\t', '(winrate)(evaluate)(--policy=thrifty.json)'],
  // Nothing is offered for what only the operator knows, and nothing for other programs.
  ['winrate pin thri\t', '(winrate)(pin)(thri)'],
  ['npx other can\t', '(npx)(other)(can)'],
]

describe.each([
  ['bash', 'bash --norc --noprofile -i', []],
  ['zsh', 'zsh -f -i', ['autoload -U compinit; compinit -u -D']],
] as const)('%s', (shell, call, setUp) => {
  test.skipIf(!hasTerminal || !isInstalled(shell))(
    'completes commands, options, operands and files',
    async () => {
      const keys = typed.map(([key]) => key)
      const calls = await typeLines(call, [...setUp, `. ${scriptOf(shell)}`], keys)
      for (const [at, [key, got]] of typed.entries()) expect(calls[at], key).toContain(got)
    },
    30_000,
  )
})

describe('fish', () => {
  const offers = (line: string) => {
    const script = `source ${scriptOf('fish')}; complete -C '${line}'`
    const { stdout } = spawnSync('fish', ['--no-config', '-c', script], { cwd: folder })
    return String(stdout)
      .split('\n')
      .filter((offer) => offer !== '')
      .map((offer) => offer.split('\t')[0])
  }

  test.skipIf(!isInstalled('fish')).each([
    ['winrate canar', ['canary']],
    ['winrate canary ', ['abort', 'promote']],
    ['npx winrate reb', ['rebuild-rollups']],
    ['winrate completion fi', ['fish']],
    ['winrate help doc', ['doctor']],
    ['winrate pin 3 --js', ['--json']],
    ['winrate evaluate --policy thri', ['thrifty.json']],
    ['winrate pin thri', []],
    ['npx other --js', []],
  ])('offers for "%s" %j', (line, expected) => {
    expect(offers(line)).toEqual(expected)
  })
})

test.each(shells)('the %s script names every command and every option', (shell) => {
  const script = writeCompletion(shell, commands)
  for (const { word, flags = [] } of commands) {
    expect(script).toContain(word)
    for (const { name } of flags) expect(script).toContain(shell === 'fish' ? name.slice(2) : name)
  }
})
