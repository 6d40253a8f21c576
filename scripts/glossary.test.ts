// Holds the names of product files to the glossary: it knows every word in them.
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { listFiles } from './list-files.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const glossary = readFileSync(join(root, 'docs/glossary.md'), 'utf8')
const [entries = '', list = ''] = glossary.split('\n## Plain words\n')
const terms = new Set([...entries.matchAll(/\*\*(.+?)\*\*/g)].flatMap(([, term]) => words(term)))
const plainWords: readonly string[] = list.match(/[a-z0-9]+(?=[,.\n])/g) ?? []
const files = listFiles(join(root, 'packages')).filter(isProduct)
const used = new Map(
  files.flatMap((file) => words(basename(file).replace(/\.tsx?$/, '')).map((w) => [w, file])),
)

it('the glossary knows every word of a file name', () => {
  const unknown = [...used].filter(([word]) => !terms.has(word) && !plainWords.includes(word))
  expect(
    unknown.map(([word, file]) => `${word} (${file})`),
    'Rename the file with words of docs/glossary.md, or add the word there: a term of the domain as an entry, an ordinary programming word to "Plain words".',
  ).toEqual([])
})

it('the plain words are sorted, and file names need each of them', () => {
  const needed = plainWords.filter((word) => used.has(word) && !terms.has(word))
  expect(plainWords, 'Remove the other plain words, and sort the list.').toEqual(
    [...new Set(needed)].sort(),
  )
})

function isProduct(file: string): boolean {
  return (
    /\/src\/.*\.tsx?$/.test(file) &&
    !/\.(test|conformance)\.ts$|\/(testing|__fixtures__)\//.test(file)
  )
}

/** The words of a name, in the singular. */
function words(name = ''): string[] {
  return name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map(singular)
}

function singular(word: string): string {
  if (word === 'series') return word
  if (/ies$/.test(word)) return word.replace(/ies$/, 'y')
  if (/(ch|sh|x)es$/.test(word)) return word.replace(/es$/, '')
  if (/(ss|us|is|ics|postgres)$/.test(word)) return word
  return word.replace(/s$/, '')
}
