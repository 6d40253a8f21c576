// The files of the dashboard as packages/dashboard builds them: a handful, which stay in memory. Nothing that a request
// names is ever looked up on disk.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface PageFile {
  readonly type: string
  readonly entityTag: string
  readonly plain: Buffer
  /** The same, packed when it was built; missing where that does not make it smaller. */
  readonly br?: Buffer
  readonly gzip?: Buffer
}

/** By their path below `/ui/`; empty where the dashboard was not built. */
export type PageFiles = ReadonlyMap<string, PageFile>

/** Where the build puts the dashboard: in this package, beside its code. */
const builtFolder = fileURLToPath(new URL('../../../dist/ui', import.meta.url))
/** The same from a bundle, which is one folder deeper than the package. */
const bundledFolder = fileURLToPath(new URL('../ui', import.meta.url))

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/** Reads the dashboard that was built into this package. */
export function readPageFiles(
  folder = [bundledFolder, builtFolder].find((each) => existsSync(join(each, 'index.html'))),
): PageFiles {
  const files = new Map<string, PageFile>()
  if (folder === undefined || !existsSync(folder)) return files
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const type = types[extname(name)]
    if (type === undefined) continue
    const path = join(folder, name)
    const plain = readFileSync(path)
    files.set(name.replaceAll('\\', '/'), {
      type,
      entityTag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
      plain,
      ...(existsSync(`${path}.br`) && { br: readFileSync(`${path}.br`) }),
      ...(existsSync(`${path}.gz`) && { gzip: readFileSync(`${path}.gz`) }),
    })
  }
  return files
}
