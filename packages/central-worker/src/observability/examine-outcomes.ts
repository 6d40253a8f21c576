// The checks of `npx winrate doctor` that ask what the reported outcomes are good for.
import {
  describeAvailability,
  hasCalls,
  readAvailability,
} from '../availability/read-availability.ts'
import { readImports } from '../imports/store-imports.ts'
import { describeMissing, describeUnequal } from '../missing/describe-missing.ts'
import { readMissing } from '../missing/judge-missing.ts'
import { readUnequalVerdicts } from '../missing/read-verdicts.ts'
import type { Queryable } from '../postgres/queryable.ts'
import type { ModelNaming } from '../window/create-naming.ts'
import {
  describeUndrawn,
  describeUnjudged,
  listDrawn,
  listUnjudged,
  readDrawnOutcomes,
} from './drawn-outcomes.ts'
import { type Check, check } from './examine.ts'

const MOST_IMPORTS_NAMED = 5
export const NO_IMPORT = 'nothing is imported'

/** Whether decisions are drawn where agents learn. */
export function checkDrawn(queryable: Queryable, windowDays: number): Promise<Check> {
  return check('drawn', async () => {
    const outcomes = await readDrawnOutcomes(queryable, windowDays)
    const warning = describeUndrawn(outcomes)
    if (warning !== undefined) return { warning }
    const judged = outcomes.filter(({ samples }) => samples > 0)
    return judged.length === 0 ? 'no outcomes yet' : listDrawn(judged)
  })
}

/** Whether offline evaluations shape priors. */
export function checkImports(queryable: Queryable): Promise<Check> {
  return check('imports', async () => {
    const imports = await readImports(queryable)
    if (imports.length === 0) return NO_IMPORT
    const named = imports
      .slice(0, MOST_IMPORTS_NAMED)
      .map(
        ({ name, scores, importedAt }) => `${name} (${scores} scores, ${importedAt.slice(0, 10)})`,
      )
    const more = imports.length - named.length
    return `priors rest on ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  })
}

/** Whether answers are judged, and those of all models alike. */
export function checkVerdicts(queryable: Queryable, windowDays: number): Promise<Check> {
  return check('verdicts', async () => {
    const outcomes = await readDrawnOutcomes(queryable, windowDays)
    const unequal = describeUnequal(await readUnequalVerdicts(queryable))
    const warnings = [describeUnjudged(outcomes), unequal].filter((one) => one !== undefined)
    if (warnings.length > 0) return { warning: warnings.join('; ') }
    if (outcomes.length === 0) return 'no outcomes yet'
    const unjudged = listUnjudged(outcomes)
    return unjudged === undefined ? 'every answer has one' : `${unjudged} have none`
  })
}

/** Whether some models' outcomes are reported less than others'. */
export function checkMissing(queryable: Queryable): Promise<Check> {
  return check('outcomes', async () => {
    const warning = describeMissing(await readMissing(queryable))
    return warning === undefined ? 'no model reports less than the others' : { warning }
  })
}

/** Whether models can be had: failed calls count against no win rate. */
export function checkAvailability(queryable: Queryable, nameOf: ModelNaming): Promise<Check> {
  return check('availability', async () => {
    const failing = describeAvailability(await readAvailability(queryable, nameOf))
    if (failing === undefined) {
      return (await hasCalls(queryable))
        ? 'all models answer where several instances call them'
        : 'no outcomes yet'
    }
    return {
      warning: `several instances get few answers of their latest calls: ${failing}; look at the provider's status, at keys and at the names of the models`,
    }
  })
}
