// Names of models that look like names of one model, and count apart because no rule or alias says so. They are
// listed for the operator, who knows; nothing is merged by what is found here.
import { type CatalogueEntry, givenNames } from '@winrate/shared-schema/contracts'

const dates = /20\d\d-?\d\d-?\d\d|\d\d-20\d\d|\b\d\d-\d\d$|(?<!\d)\d{4}(?!\d)/g
const deployment = /-v1(?::0)?$/
/** What vendors add to the name of one model over time. */
const passing = new Set(['latest', 'preview', 'exp', 'beta', 'default', '001', '002', '003'])

/**
 * Groups of names that differ only in case, separators, order of words, path, date or stage. `names` are the ones that
 * outcomes count under; a group has at least one that no entry of the catalogue has as its key.
 */
export function findLookAlikes(
  names: readonly string[],
  catalogue: readonly CatalogueEntry[],
): readonly (readonly string[])[] {
  const keys = new Set(catalogue.map(({ key }) => key))
  const groups = new Map<string, Set<string>>()
  const add = (looks: string, name: string) => {
    const group = groups.get(looks) ?? new Set()
    groups.set(looks, group.add(name))
  }
  for (const entry of catalogue) {
    for (const name of givenNames(entry)) add(looksOf(name), entry.key)
  }
  for (const name of names) if (!keys.has(name)) add(looksOf(name), name)
  return [...groups.values()]
    .map((group) => [...group])
    .filter((group) => group.length > 1 && group.some((name) => !keys.has(name)))
}

/** Equal for names that look alike. A variant behind a colon is another product, and a fine-tune is only like itself. */
function looksOf(name: string): string {
  if (/^ft:/i.test(name)) return name
  const [id = '', ...variants] = name
    .toLowerCase()
    .replace(deployment, '')
    .replace(dates, ' ')
    .split(':')
  const words = id.slice(id.lastIndexOf('/') + 1).match(/[a-z]+|\d+/g) ?? [id]
  const lasting = words.filter((word) => !passing.has(word))
  return [lasting.sort().join(' '), ...variants].join(':')
}
