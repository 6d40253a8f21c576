// Holds the documents to the repository: every path that they name exists, and every link leads somewhere.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { listFiles } from './list-files.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const documents = listFiles(root).filter((file) => file.endsWith('.md'))
/** Decision records may name files that no longer exist; the demo's data names files of its sources. */
const withPaths = documents.filter((file) => !/^docs\/decisions\/|^demo\/data\//.test(file))
const known = knownPaths()

it.each(withPaths)('%s names only paths that exist', (document) => {
  const named = [...read(document).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
  expect(named.filter((code) => looksLikePath(code) && !isKnown(code))).toEqual([])
})

it.each(documents)('%s has no broken link', (document) => {
  const links = [...read(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  expect(links.filter((link) => isBroken(document, link))).toEqual([])
})

it('tells paths from other code', () => {
  const code = [
    'docs/scoring.md',
    'src/tables',
    'rooms.ts',
    'drizzle/*.sql',
    '/v1/metrics',
    'a / b',
  ]
  expect(code.filter(looksLikePath)).toEqual([
    'docs/scoring.md',
    'src/tables',
    'rooms.ts',
    'drizzle/*.sql',
  ])
})

/** A relative path, or the name of a file. `NNNN` and `NAME` stand for what the reader fills in. */
function looksLikePath(code: string): boolean {
  if (/NNNN|NAME/.test(code)) return false
  return /^[a-z.][\w.*-]*(\/[\w.*-]+)+\/?$|^[a-z][\w.*-]*\.(ts|mjs|sql|md|yml)$/.test(code)
}

/** Documents may leave out the folders above, as in `scoring/posterior.ts`. */
function isKnown(path: string): boolean {
  const pattern = path.replace(/\/$/, '').replaceAll('.', '\\.').replaceAll('*', '[^/]*')
  const regex = new RegExp(`(^|/)${pattern}$`)
  return known.some((one) => regex.test(one))
}

/** Files, folders, and what a package exports: `shared-schema/scoring`. */
function knownPaths(): string[] {
  const files = listFiles(root)
  const folders = new Set<string>()
  for (const file of files) {
    for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) folders.add(folder)
  }
  const exported = files
    .filter((file) => /^packages\/[^/]+\/package\.json$/.test(file))
    .flatMap((file) => {
      const { name, exports }: { name: string; exports: object } = JSON.parse(read(file))
      return Object.keys(exports).map((path) => join(name, path))
    })
  return [...files, ...folders, ...exported]
}

function isBroken(document: string, link: string): boolean {
  if (/^https?:/.test(link)) return false
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? document : relative(root, join(root, dirname(document), path))
  if (!existsSync(join(root, target))) return true
  return anchor !== undefined && !anchorsOf(target).includes(anchor)
}

/** The anchors that GitHub gives to the headings of a document. */
function anchorsOf(document: string): string[] {
  return [...read(document).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
