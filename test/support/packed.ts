// Packages as a release has them, and projects that install them.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export type PackageName = 'central-worker' | 'router-client'

const run = promisify(execFile)
const script = fileURLToPath(new URL('../../scripts/pack.mjs', import.meta.url))

/** Packs a package into a folder. Returns the path of the tarball. */
export async function pack(name: PackageName, into: string): Promise<string> {
  await run(process.execPath, [script, into, name])
  const files = await readdir(into)
  return join(into, files.find((file) => file.startsWith(`winrate-${name}-`)) ?? '')
}

/**
 * Makes an empty project and installs packages in it, by one `npm install`.
 *
 * @param npmArguments Options of npm, and other packages to install along.
 * @returns The project's folder, which the caller removes.
 */
export async function installPacked(
  names: readonly PackageName[],
  ...npmArguments: string[]
): Promise<{ project: string; tarballs: string[] }> {
  const project = await mkdtemp(join(tmpdir(), 'winrate-project-'))
  await writeFile(join(project, 'package.json'), '{ "name": "empty", "private": true }')
  const tarballs = []
  for (const name of names) tarballs.push(await pack(name, project))
  await run('npm', ['install', '--no-audit', '--no-fund', ...npmArguments, ...tarballs], {
    cwd: project,
  })
  return { project, tarballs }
}
