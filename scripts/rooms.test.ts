import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { rooms } from './rooms.ts'

const packagesFolder = fileURLToPath(new URL('../packages', import.meta.url))

/** A product file of `packages/NAME/src`, with its room and its imports. */
interface SourceFile {
  readonly name: string
  readonly room: string
  readonly imports: readonly string[]
}

it.each(Object.entries(rooms))(
  '%s imports only what the table allows its rooms',
  (name, allowed) => {
    const files = readSourceFiles(name)
    const forbidden = files.flatMap(({ name: file, room, imports }) =>
      imports
        .filter((imported) => imported !== room && !allowed[room]?.includes(imported))
        .map((imported) => `${file} imports ${imported}`),
    )
    expect(forbidden).toEqual([])
  },
)

it.each(Object.entries(rooms))('%s uses every row and entry of the table', (name, allowed) => {
  const files = readSourceFiles(name)
  const used = new Map<string, Set<string>>()
  for (const { room, imports } of files) {
    used.set(room, new Set([...(used.get(room) ?? []), ...imports]))
  }
  const unused = Object.entries(allowed).flatMap(([room, entries]) =>
    entries.filter((entry) => used.get(room)?.has(entry) !== true).map((entry) => [room, entry]),
  )
  expect(unused).toEqual([])
  expect(Object.keys(allowed).sort()).toEqual([...used.keys()].sort())
})

it.each(Object.entries(rooms))('%s has no circle of rooms', (_, allowed) => {
  const circles: string[] = []
  function walk(room: string, path: readonly string[]): void {
    if (path.includes(room)) {
      circles.push([...path.slice(path.indexOf(room)), room].join(' → '))
      return
    }
    for (const next of allowed[room] ?? []) if (next in allowed) walk(next, [...path, room])
  }
  for (const room of Object.keys(allowed)) walk(room, [])
  expect(circles).toEqual([])
})

it('has a row for every package', () => {
  expect(Object.keys(rooms).sort()).toEqual(readdirSync(packagesFolder).sort())
})

it('finds the imports of a file', () => {
  const text = `import { a } from '../x/a.ts'\nexport { b } from './b.ts'\nawait import('pg')\nimport 'zod'\nselect from 'x'`
  expect(importsOf(text, 'packages/p/src', 'packages/p/src/room/file.ts')).toEqual([
    'x',
    'room',
    'pg',
    'zod',
  ])
})

function readSourceFiles(packageName: string): SourceFile[] {
  const source = join(packagesFolder, packageName, 'src')
  return readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && isProduct(join(entry.parentPath, entry.name), source))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return {
        name: relative(packagesFolder, path),
        room: roomOf(path, source),
        imports: importsOf(readFileSync(path, 'utf8'), source, path),
      }
    })
}

/** Test support in a room's `testing/` is not product code; users import `testing/` at the root. */
function isProduct(path: string, source: string): boolean {
  const inside = relative(source, path)
  return /\.tsx?$/.test(inside) && !/\.(test|conformance)\.ts$|.\/testing\//.test(inside)
}

function importsOf(text: string, source: string, path: string): string[] {
  const imports = text.matchAll(
    /^(?:import|export|\})[^'\n]*\bfrom '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'/gm,
  )
  return [...imports].map(([, from, dynamic, bare]) => {
    const imported = from ?? dynamic ?? bare ?? ''
    return imported.startsWith('.') ? roomOf(join(dirname(path), imported), source) : imported
  })
}

function roomOf(path: string, source: string): string {
  return relative(source, dirname(path)) || '.'
}
