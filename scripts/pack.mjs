// Makes the tarballs of the client and the worker. They install without this repository.
//   npm run pack        writes both into dist/
//   npm pack            in the folder of a package: npm runs `prepare` before and `tidy` after
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { copies } from './bundle.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const [task = 'all', destination = join(root, 'dist')] = process.argv.slice(2)
const folder = process.cwd()
const copied = (copies[basename(folder)] ?? []).map((name) => [
  join(root, name),
  join(folder, name),
])
if (task === 'prepare') {
  run('node', [join(root, 'scripts/with-build.mjs'), 'node', '-e', '0'], folder)
  for (const [from, to] of copied) cpSync(from, to, { recursive: true })
} else if (task === 'tidy') {
  for (const [, to] of copied) rmSync(to, { recursive: true, force: true })
} else {
  mkdirSync(destination, { recursive: true })
  for (const name of Object.keys(copies)) {
    run(
      'npm',
      ['pack', '--silent', '--pack-destination', destination],
      join(root, 'packages', name),
    )
  }
}

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: ['ignore', 2, 'inherit'] })
  if (status !== 0) process.exit(status ?? 1)
}
