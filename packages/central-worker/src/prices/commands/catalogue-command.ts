// `npx winrate catalogue import FILE`: takes entries into the operator's catalogue, and shows what that does to prices.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { type CatalogueEntry, catalogueSchema } from '@winrate/shared-schema/contracts'
import { z } from 'zod'
import { defineReport, UsageError } from '../../commands/command.ts'
import { comparePrices } from '../compare-prices.ts'

const inputSchema = z.object({
  verb: z.enum(['import'], 'must be import'),
  file: z.string(),
  into: z.string().optional(),
})

export const catalogue = defineReport({
  word: 'catalogue',
  group: 'Change what is served',
  summary: 'take entries with prices into a catalogue',
  details:
    'Shows which prices change. With --into it writes the catalogue, which WINRATE_CATALOGUE_FILE should name; workers read it when they start. Entries of the same key are replaced, the others stay. An entry without "pricedAt" gets the present day.',
  flags: [
    {
      name: '--into',
      value: 'PATH',
      description: 'the catalogue to change; without it, only what would change is shown',
    },
  ],
  examples: [
    ['catalogue import prices.json', 'what would change'],
    ['catalogue import prices.json --into catalogue.json', 'change it'],
  ],
  variables: ['WINRATE_CATALOGUE_FILE'],
  input: inputSchema,
  operands: [
    { field: 'verb', name: 'import', description: 'what to do', choices: ['import'] },
    { field: 'file', name: 'FILE', description: 'a list of catalogue entries, as JSON' },
  ],
  facts: z.object({
    /** Entries afterwards. */
    entries: z.number(),
    /** A line for each model with other prices than before. */
    changes: z.array(z.string()),
    /** Where they were written. */
    written: z.string().optional(),
  }),
  async read({ catalogue: served = [] }, { file, into }) {
    const before = into === undefined ? served : existsSync(into) ? readEntries(into) : []
    const after = mergeEntries(before, readEntries(file), new Date().toISOString().slice(0, 10))
    const facts = { entries: after.length, changes: [...comparePrices(before, after)] }
    if (into === undefined) return facts
    // A worker that starts meanwhile reads the whole file or the one before.
    writeFileSync(`${into}.new`, `${JSON.stringify(after, undefined, 2)}\n`)
    renameSync(`${into}.new`, into)
    return { ...facts, written: into }
  },
  describe({ entries, changes, written }) {
    const done = written === undefined ? 'nothing written' : `written to ${written}`
    return [...changes, `${changes.length} prices change, ${entries} entries: ${done}`].join('\n')
  },
})

/** In the order of `before`; new ones come last. */
export function mergeEntries(
  before: readonly CatalogueEntry[],
  given: readonly CatalogueEntry[],
  today: string,
): readonly CatalogueEntry[] {
  const merged = new Map(before.map((entry) => [entry.key, entry]))
  for (const entry of given) merged.set(entry.key, { ...entry, pricedAt: entry.pricedAt ?? today })
  return [...merged.values()]
}

function readEntries(path: string): readonly CatalogueEntry[] {
  try {
    const { data, error } = catalogueSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')))
    if (data !== undefined) return data
    const issue = error?.issues[0]
    throw new Error(`${issue?.path.join('.')}: ${issue?.message}`)
  } catch (error) {
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
