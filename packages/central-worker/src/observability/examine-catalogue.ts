// Checks of `npx winrate doctor` that compare what the fleet calls with the catalogue.
import { type CatalogueEntry, defaultCatalogue } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../postgres/queryable.ts'
import { type Check, check } from './examine.ts'
import { findLookAlikes } from './look-alikes.ts'
import { describeOldPrices, describePrices, readPriceState } from './price-check.ts'

/** Models, those with the most outcomes, whose names are compared. */
const NAMES_COMPARED = 5_000
const GROUPS_SHOWN = 5
const NAMES_SHOWN = 4

/** Whether models that count apart have names that look like names of one model. */
export function checkNames(
  queryable: Queryable,
  catalogue: readonly CatalogueEntry[] = [],
): Promise<Check> {
  return check('names', async () => {
    const { rows } = await queryable.query<{ modelName: string }>({
      text: `
        select model_name as "modelName"
        from winrate.task_metrics
        group by model_name
        order by sum(samples) desc, model_name
        limit $1`,
      values: [NAMES_COMPARED],
    })
    const names = rows.map(({ modelName }) => modelName)
    const groups = findLookAlikes(names, [...catalogue, ...defaultCatalogue])
    if (groups.length === 0) return 'no two models look like one'
    const shown = groups.slice(0, GROUPS_SHOWN).map(listNames).join('; ')
    const more = groups.length > GROUPS_SHOWN ? `; and ${groups.length - GROUPS_SHOWN} more` : ''
    return {
      warning: `these look alike and count apart: ${shown}${more}. Where they are one model, list the others as "aliases" of its entry in WINRATE_CATALOGUE_FILE`,
    }
  })
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).map((name) => JSON.stringify(name))
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : ''
  return `${shown.join(', ')}${more}`
}

/** Whether list prices are known, and not too old. */
export function checkPrices(
  queryable: Queryable,
  catalogue: readonly CatalogueEntry[] | undefined,
  nowMs: number,
): Promise<Check> {
  return check('prices', async () => {
    const state = await readPriceState(queryable, catalogue, nowMs)
    const warning = describeOldPrices(state)
    return warning === undefined ? describePrices(state) : { warning }
  })
}
