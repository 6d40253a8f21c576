// Holds the documents to the repository: every path that they name exists, and every link leads somewhere. The same
// holds for the documents that messages of the code name.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { listFiles } from './list-files.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const documents = listFiles(root).filter((file) => /\.md$|^llms\.txt$/.test(file))
/** Decision records may name files that no longer exist; the demo's data names files of its sources. */
const withPaths = documents.filter((file) => !/^docs\/decisions\/|^demo\/data\//.test(file))
const known = knownPaths()
const FENCE = /^ *(`{3,}|~{3,}).*\n[\s\S]*?^ *\1`* *$/gm

it.each(withPaths)('%s names only paths that exist', (document) => {
  const named = [...read(document).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
  expect(named.filter((code) => looksLikePath(code) && !isKnown(code))).toEqual([])
})

it.each(documents)('%s has no broken link', (document) => {
  expect(linksOf(read(document)).filter((link) => isBroken(document, link))).toEqual([])
})

it('every decision record has a number of its own, which its title repeats', () => {
  const numbers = documents
    .filter((file) => file.startsWith('docs/decisions/'))
    .map(
      (file) => [Number(file.slice('docs/decisions/'.length).split('-')[0]), read(file)] as const,
    )
  expect(new Set(numbers.map(([number]) => number)).size).toBe(numbers.length)
  expect(numbers.filter(([number, text]) => !text.startsWith(`# ${number}. `))).toEqual([])
})

it('llms.txt lists every document for users', () => {
  const listed = linksOf(read('llms.txt'))
  const meant = documents.filter((file) => /^docs\/[^/]+\.md$|^README\.md$|SKILL\.md$/.test(file))
  expect(meant).toContain('docs/wire.md')
  expect(meant.filter((file) => !listed.includes(file))).toEqual([])
})

it('every document that the code names exists, with the heading after #', () => {
  const sources = listFiles(root).filter(
    (file) => /\.(ts|mjs|sql|yml)$/.test(file) && !file.endsWith('.test.ts'),
  )
  const broken = sources.flatMap((file) =>
    documentsNamedIn(read(file))
      .filter((named) => isBroken('README.md', named))
      .map((named) => `${file}: ${named}`),
  )
  expect(broken).toEqual([])
})

it('finds links of every form, and none in code', () => {
  const text = [
    '[a](one.md) ![image](two.png "title") [b](<three four.md>) [[c](five.md)](six.md)',
    '[ref]: seven.md#here',
    '<a href="eight.md">x</a> <img src="nine.svg">',
    '`[no](code.md)` and `a[0](x)`',
    '```md\n[no](fenced.md)\n```',
    '    [yes](in-a-list.md)',
  ].join('\n')
  expect(linksOf(text).sort()).toEqual(
    ['one.md', 'two.png', 'three four.md', 'five.md', 'six.md', 'seven.md#here', 'eight.md']
      .concat('nine.svg', 'in-a-list.md')
      .sort(),
  )
})

it('makes anchors as GitHub does', () => {
  const text = [
    '# `route()` and **bold**: what’s new?',
    'Same\n----',
    '## Same ##',
    '## Same',
    '## A [link](x.md) & more',
    '## snake_case -- _emphasis_',
    '## Über 7 Tage',
    '<a id="by-hand"></a>',
    '```sh\n# a comment\n```',
  ].join('\n\n')
  expect(anchorsIn(text)).toEqual([
    'by-hand',
    'route-and-bold-whats-new',
    'same',
    'same-1',
    'same-2',
    'a-link--more',
    'snake_case----emphasis',
    'über-7-tage',
  ])
})

it('tells broken links from sound ones', () => {
  for (const link of ['docs/learning.md', 'docs/learning.md#replay', '#start-here', 'docs']) {
    expect(isBroken('README.md', link), link).toBe(false)
  }
  for (const link of ['docs/absent.md', 'docs/learning.md#absent', '#absent', '../README.md#x']) {
    expect(isBroken('README.md', link), link).toBe(true)
  }
  expect(documentsNamedIn("see docs/tls.md and docs/learning.md#absent, (README.md)'")).toEqual([
    'docs/tls.md',
    'docs/learning.md#absent',
  ])
})

it('documents and messages reach every command by npx winrate', () => {
  const table = read('docs/cli.md')
  const words = [...table.matchAll(/^### ([a-z-]+)$/gm)].map(([, word]) => word)
  expect(words).toContain('status')
  const call = new RegExp(`(?<!npx )(?<![@/\\w.])winrate (?:${words.join('|')})\\b`)
  const others =
    /^[^:]*\.md: .*npm run worker|central-worker\/dist\/main\.js (?:${words.join('|')})/
  const written = listFiles(root).filter((file) =>
    /^(?:docs|examples|packages\/[^/]+\/src)\/.*\.(?:md|ts|mjs)$|^[^/]*\.(?:md|yml)$/.test(file),
  )
  const wrong = written
    .filter((file) => !/write-completion|^docs\/decisions\//.test(file))
    .flatMap((file) =>
      read(file)
        .split('\n')
        .map((line) => `${file}: ${line}`),
    )
    .filter((line) => call.test(line) || others.test(line))
  expect(wrong).toEqual([])
})

it('the build of the image gets every file that the Dockerfile copies', () => {
  const sent = read('.dockerignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
  const isSent = (path: string) =>
    sent.some(
      (line) =>
        `${line.slice(1)}/`.startsWith(`${path}/`) || `${path}/`.startsWith(`${line.slice(1)}/`),
    )
  const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
    ([, paths = '']) => paths.split(' '),
  )
  expect(copied).toContain('drizzle')
  expect(copied.filter((path) => !isSent(path))).toEqual([])
  // What the worker is compiled from, with what that is compiled from.
  const { references } = JSON.parse(read('packages/central-worker/tsconfig.json'))
  const compiled = references.flatMap(({ path }: { path: string }) =>
    ['src', 'tsconfig.json', 'package.json'].map((name) =>
      join('packages/central-worker', path, name),
    ),
  )
  expect(compiled).toContain('packages/router-client/src')
  expect(compiled.filter((path: string) => !sent.includes(`!${path}`))).toEqual([])
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
      const { name, exports = {} }: { name: string; exports?: object } = JSON.parse(read(file))
      return Object.keys(exports).map((path) => join(name, path))
    })
  return [...files, ...folders, ...exported]
}

/** Where the links of a document lead: in its text, in reference definitions and in HTML. */
function linksOf(text: string): string[] {
  const prose = withoutCode(text)
  return [
    ...prose.matchAll(/\]\((?:<([^>\n]+)>|([^)\s]+))[^)\n]*\)/g),
    ...prose.matchAll(/^ {0,3}\[[^\]]+\]: +<?([^>\s]+)/gm),
    ...prose.matchAll(/\b(?:href|src)="([^"]+)"/g),
  ].map(([, first, second]) => first ?? second ?? '')
}

/** The documents of this repository that a message or a comment of code names by their path. */
function documentsNamedIn(code: string): string[] {
  return [...code.matchAll(/\b(?:docs|packages|demo)\/[\w./-]+\.md(?:#[\w-]+)?/g)]
    .map(([named]) => named)
    .filter((named) => !/NNNN|NAME/.test(named))
}

function isBroken(document: string, link: string): boolean {
  if (/^(https?|mailto):/.test(link)) return false
  const [path = '', anchor] = decodeURIComponent(link).split('#')
  const target = path === '' ? document : relative(root, join(root, dirname(document), path))
  if (target.startsWith('..') || !existsSync(join(root, target))) return true
  return anchor !== undefined && !anchorsIn(read(target)).includes(anchor)
}

/** The anchors that GitHub gives to the headings of a document, and those that it sets in HTML. */
function anchorsIn(text: string): string[] {
  const prose = text.replace(FENCE, '')
  const seen = new Map<string, number>()
  const headings = prose.matchAll(/^ {0,3}#{1,6} +(.+?)(?: +#+)? *$|^(\S.*)\n(?:-{2,}|=+) *$/gm)
  const anchors = [...headings].map(([, first, second]) => {
    const anchor = (first ?? second ?? '')
      .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/(^|\s)_([^_]+)_(?=\s|$)/g, '$1$2')
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
    const before = seen.get(anchor) ?? 0
    seen.set(anchor, before + 1)
    return before === 0 ? anchor : `${anchor}-${before}`
  })
  const byHand = [...prose.matchAll(/\b(?:id|name)="([^"]+)"/g)].map(([, id = '']) => id)
  return [...byHand, ...anchors]
}

function withoutCode(text: string): string {
  return text.replace(FENCE, '').replace(/(`+)[^`].*?\1/g, '')
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
