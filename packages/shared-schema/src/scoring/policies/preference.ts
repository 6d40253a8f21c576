// What a request or an operator may prefer, as it is written.
import { suggestName } from '../../contracts/names/near-name.ts'
import { namesOf, strictObject } from '../../schema/objects.ts'
import { isRecord, refuse, Schema } from '../../schema/schema.ts'
import { literal, number, positive } from '../../schema/values.ts'
import type { Preference } from '../choice/preference-score.ts'

const weight = number(0, 1_000_000).optional()
const weights = strictObject({ winRate: weight, cost: weight, speed: weight })
const within = strictObject({
  within: number(0, 1),
  then: literal('cost', 'speed'),
  confidence: number(0, 1).optional(),
})
const words = literal('cost', 'speed')
const names = [...namesOf(weights.shape), ...namesOf(within.shape)]

export const PREFERENCE_RULE =
  "'cost', 'speed', { within: 0.02, then: 'cost' } or weights such as { winRate: 0.7, cost: 0.3 }"

export const preferenceSchema = new Schema<Preference>(
  { oneOf: [words, within, weights] },
  (value, issues) => {
    if (!isRecord(value)) {
      return words.safeParse(value).success
        ? value
        : refuse(issues, value, `must be ${PREFERENCE_RULE}`)
    }
    const misspelt = Object.keys(value).find((name) => !names.some((known) => known === name))
    if (misspelt !== undefined) {
      const message = `is not a known field${suggestName(misspelt, names)}`
      return void issues.push({ path: [misspelt.slice(0, 60)], message })
    }
    return ('within' in value || 'then' in value ? within : weights).read(value, issues)
  },
)

/** What a success is worth, in US dollars. */
export const valueSchema = positive()
