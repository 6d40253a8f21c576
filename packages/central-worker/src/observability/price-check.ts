// What an operator should know of the prices of models that the fleet calls.
import type { CatalogueEntry } from '@winrate/shared-schema/contracts'
import type { Queryable } from '../postgres/queryable.ts'
import { createListPrices } from '../prices/list-prices.ts'

/** Prices change about so often. */
const OLD_DAYS = 90
/** Those with the most outcomes. */
const MOST_MODELS = 1_000
const NAMES_SHOWN = 5

export interface PriceState {
  readonly priced: number
  /** Models without a list price. */
  readonly unpriced: readonly string[]
  /** Models whose prices were looked up more than 90 days ago. */
  readonly old: readonly string[]
  /** Models that their provider no longer serves. */
  readonly deprecated: readonly string[]
}

/** @param nowMs By the clock of this machine. */
export async function readPriceState(
  queryable: Queryable,
  catalogue: readonly CatalogueEntry[] | undefined,
  nowMs: number,
): Promise<PriceState> {
  const { rows } = await queryable.query<{ modelName: string; provider: string }>({
    name: 'read-priced-models',
    text: `
      select model_name as "modelName", provider
      from winrate.task_metrics
      where samples > 0
      group by model_name, provider
      order by sum(samples) desc, model_name, provider
      limit $1`,
    values: [MOST_MODELS],
  })
  const findPrices = createListPrices(catalogue)
  const models = rows.map((row) => {
    const found = findPrices(row)
    return { name: `${row.modelName} (${row.provider})`, entry: found?.entry, asOf: found?.asOf }
  })
  const today = new Date(nowMs).toISOString().slice(0, 10)
  const oldest = new Date(nowMs - OLD_DAYS * 86_400_000).toISOString().slice(0, 10)
  const namesOf = (holds: (model: (typeof models)[number]) => boolean) =>
    models.filter(holds).map(({ name }) => name)
  return {
    priced: models.filter(({ entry }) => entry !== undefined).length,
    unpriced: namesOf(({ entry }) => entry === undefined),
    old: namesOf(({ asOf }) => asOf !== undefined && asOf < oldest),
    deprecated: namesOf(({ entry }) => (entry?.deprecatedAt ?? '9999') <= today),
  }
}

/** Undefined where all is well. */
export function describeOldPrices({ old, deprecated }: PriceState): string | undefined {
  const problems: string[] = []
  if (old.length > 0) {
    problems.push(
      `prices older than ${OLD_DAYS} days: ${listNames(old)}; update the worker, or give newer ones with "pricedAt" in WINRATE_CATALOGUE_FILE`,
    )
  }
  if (deprecated.length > 0) {
    problems.push(`no longer served by their provider: ${listNames(deprecated)}`)
  }
  return problems.length === 0 ? undefined : problems.join('. Also ')
}

export function describePrices({ priced, unpriced }: PriceState): string {
  const unknown =
    unpriced.length === 0
      ? ''
      : `; none is known of ${listNames(unpriced)}, whose costs count where outcomes tell them`
  return `${priced} models have a list price${unknown}`
}

function listNames(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN
  return `${names.slice(0, NAMES_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
