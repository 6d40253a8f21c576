// What a package takes on disk and in a bundle.
import { execFile } from 'node:child_process'
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { peersFolder } from '../peers/peer-packages.ts'

const run = promisify(execFile)

/** Bytes of a package of bench/peers with everything that it depends on. */
export async function installedBytes(name: string): Promise<number> {
  const seen = new Set<string>()
  async function bytesOf(dependency: string, from: string): Promise<number> {
    const folder = await findPackage(dependency, from)
    if (folder === undefined || seen.has(folder)) return 0
    seen.add(folder)
    const { dependencies = {} } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    const others = await Promise.all(Object.keys(dependencies).map((each) => bytesOf(each, folder)))
    return others.reduce((sum, bytes) => sum + bytes, await folderBytes(folder))
  }
  return bytesOf(name, peersFolder)
}

/** Bytes of the files of a folder, without the packages in it. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true })
  const sizes = entries
    .filter(({ name }) => name !== 'node_modules')
    .map(async (entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? folderBytes(path) : (await stat(path)).size
    })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

/** Bytes that `line`, an export of what one uses, adds to a bundle: minified by esbuild, gzipped. */
export async function bundledBytes(line: string): Promise<number> {
  const esbuild = join(peersFolder, 'node_modules/.bin/esbuild')
  const flags = ['--bundle', '--minify', '--platform=node', '--format=esm', '--external:pg']
  const child = run(esbuild, flags, {
    cwd: peersFolder,
    encoding: 'buffer',
    maxBuffer: 100_000_000,
  })
  child.child.stdin?.end(line)
  return gzipSync((await child).stdout).length
}

async function findPackage(name: string, from: string): Promise<string | undefined> {
  const folder = join(from, 'node_modules', name)
  if ((await stat(folder).catch(() => undefined)) !== undefined) return folder
  return from === dirname(from) ? undefined : findPackage(name, dirname(from))
}
