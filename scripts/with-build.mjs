// Runs a command of this repository, on a fresh clone as well as on a built one. Installs the
// dependencies if the lockfile has changed since the last install, builds what is out of date, and then
// runs the given command with node_modules/.bin on its PATH. Writes its own messages to stderr, so that
// stdout belongs to the command alone.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PNPM = 'pnpm@12.21.0'
const root = fileURLToPath(new URL('..', import.meta.url))
const stampFile = join(root, 'node_modules', '.winrate-installed')

const [command, ...args] = process.argv.slice(2)
if (command === undefined) {
  console.error('usage: node scripts/with-build.mjs COMMAND [ARGUMENT…]')
  process.exit(2)
}
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node ${process.versions.node} is too old: Winrate needs 20.19 or newer.`)
  process.exit(2)
}

// A terminal sends Ctrl-C to the whole process group: the command decides how to react, this process only
// waits. A SIGTERM reaches only this process, which passes it on.
let running
process.on('SIGINT', () => {})
process.on('SIGTERM', () => running?.kill('SIGTERM'))

if (installedStamp() !== wantedStamp()) {
  console.error('Installing dependencies (once)…')
  await runOrExit('npx', ['-y', PNPM, 'install', '--frozen-lockfile', '--reporter=append-only'])
  writeFileSync(stampFile, wantedStamp())
  console.error('Building (once)…')
}
await runOrExit('tsc', ['--build'])
await runOrExit('node', [join(root, 'scripts', 'bundle.mjs')])
const outcome = await run(command, args, 'inherit', process.cwd())
if (outcome.signal === null) process.exit(outcome.code)
process.removeAllListeners(outcome.signal)
process.kill(process.pid, outcome.signal)

function wantedStamp() {
  const lockfile = readFileSync(join(root, 'pnpm-lock.yaml'))
  return createHash('sha256')
    .update(lockfile)
    .update(`${process.platform}-${process.arch}-${process.versions.modules}`)
    .digest('hex')
}

function installedStamp() {
  try {
    return readFileSync(stampFile, 'utf8')
  } catch {
    return ''
  }
}

async function runOrExit(name, parameters) {
  const { code, signal } = await run(name, parameters, 'to-stderr', root)
  if (code !== 0) process.exit(code ?? (signal === 'SIGINT' ? 130 : 1))
}

function run(name, parameters, output, cwd) {
  const env = {
    ...process.env,
    PATH: join(root, 'node_modules', '.bin') + delimiter + process.env.PATH,
  }
  return new Promise((resolve) => {
    running = spawn(name, parameters, {
      cwd,
      env,
      stdio: ['inherit', output === 'inherit' ? 'inherit' : 2, 'inherit'],
    })
    running.once('error', (error) => {
      console.error(`Cannot start ${name}: ${error.message}`)
      resolve({ code: 127, signal: null })
    })
    running.once('exit', (code, signal) => resolve({ code, signal }))
  })
}
