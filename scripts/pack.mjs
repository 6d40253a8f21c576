// Makes the tarballs of the client and the worker. They install without this repository.
//   npm run pack [-- DESTINATION [PACKAGE…]]        writes them into dist/, or into the folder given
// npm packs a copy of each package in a folder of this run alone, so several can run at once.
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { copies } from './bundle.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const [destination = join(root, 'dist'), ...names] = process.argv.slice(2)
const staging = mkdtempSync(join(tmpdir(), 'winrate-pack-'))
process.once('exit', () => rmSync(staging, { recursive: true, force: true }))
mkdirSync(destination, { recursive: true })
run('node', [join(root, 'scripts/with-build.mjs'), 'node', '-e', '0'], root)
for (const name of names.length > 0 ? names : Object.keys(copies)) {
  const from = join(root, 'packages', name)
  const to = join(staging, name)
  const { scripts: _, ...manifest } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'))
  for (const file of ['README.md', ...manifest.files]) {
    if (existsSync(join(from, file))) cpSync(join(from, file), join(to, file), { recursive: true })
  }
  for (const file of copies[name]) cpSync(join(root, file), join(to, file), { recursive: true })
  writeFileSync(join(to, 'package.json'), JSON.stringify(manifest, null, 2))
  run('npm', ['pack', '--silent', '--pack-destination', resolve(destination)], to)
}

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: ['ignore', 2, 'inherit'] })
  if (status !== 0) process.exit(status ?? 1)
}
