// The command `npm run bench`: runs every speed benchmark, one after another so that they do not disturb each other.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { UsageError } from '@winrate/demo/errors'
import { parseFlags } from '@winrate/demo/flags'
import { commonFlags } from './measuring/bench-flags.ts'

const names = ['start', 'route', 'publish', 'ingest', 'tick', 'stream', 'loop'] as const

const help = `npm run bench -- [flags]

Runs every speed benchmark: ${names.join(', ')}. Each is also a command: npm run bench:route and
so on. npm run bench:learning measures what learning achieves.

  --only NAME[,NAME…]  run only these
  --quick              short runs that show whether the benchmarks work; ignore their figures
  --json               print one JSON object as the last line, with the figures of each by name
`

const args = process.argv.slice(2)
if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(help)
} else {
  try {
    await runAll(args)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\nSee npm run bench -- --help\n`)
    process.exitCode = 2
  }
}

async function runAll(given: readonly string[]): Promise<void> {
  const { only, quick, json } = parseFlags(given, {
    ...commonFlags,
    only: { type: 'string' },
  })
  const wanted = only?.split(',') ?? names
  const unknown = wanted.filter((name) => !names.some((known) => known === name))
  if (unknown.length > 0) throw new UsageError(`unknown benchmark: ${unknown.join(', ')}`)
  const figures: Record<string, unknown> = {}
  for (const name of wanted) {
    process.stdout.write(`\n== ${name}\n`)
    figures[name] = await runOne(name, quick ? ['--quick'] : [])
  }
  if (json) process.stdout.write(`${JSON.stringify(figures)}\n`)
}

/** Shows everything that the benchmark prints except its last line, and returns that line as JSON. */
function runOne(name: string, flags: readonly string[]): Promise<unknown> {
  const main = fileURLToPath(new URL(`./${name}/main.js`, import.meta.url))
  const child = spawn(process.execPath, [main, '--json', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (text) => {
    output += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      const lines = output.trimEnd().split('\n')
      const last = lines.pop() ?? ''
      process.stdout.write(`${lines.join('\n')}\n`)
      if (code === 0) resolve(JSON.parse(last))
      else reject(new Error(`bench:${name} exited with ${code}`))
    })
  })
}
