// Columns of numbers, each checked as a whole: a schema for each of tens of thousands of numbers would block the
// client's event loop for longer than everything else in reading a snapshot.
import { refuse, Schema } from '../../schema/schema.ts'

/** What every value of a column is. */
interface Kind {
  readonly holds: (value: unknown) => boolean
  readonly name: string
  /** As in OpenAPI. */
  readonly described: object
}

const count: Kind = {
  holds: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  name: 'a whole number of at least 0',
  described: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
}
const amount: Kind = {
  holds: (value) => Number.isFinite(value) && Number(value) >= 0,
  name: 'a number of at least 0',
  described: { type: 'number', minimum: 0 },
}
const share: Kind = {
  holds: (value) => amount.holds(value) && Number(value) <= 1,
  name: 'a number from 0 to 1',
  described: { type: 'number', minimum: 0, maximum: 1 },
}

function orNull({ holds, name, described }: Kind): Kind {
  return {
    holds: (value) => value === null || holds(value),
    name: `null or ${name}`,
    described: { anyOf: [described, { type: 'null' }] },
  }
}

/** Reads into a copy, because callers may change their list. Names the first bad value only. */
function columnOf<Value>({ holds, name, described }: Kind): Schema<Value[]> {
  return new Schema({ type: 'array', items: described }, (given, issues) => {
    if (!Array.isArray(given)) return refuse(issues, given, 'must be a list')
    const column = given.slice()
    for (let at = 0; at < column.length; at += 1) {
      if (holds(column[at])) continue
      issues.push({ path: [at], message: `must be ${name}` })
      break
    }
    return column
  })
}

export const counts = columnOf<number>(count)
export const amounts = columnOf<number>(amount)
export const shares = columnOf<number>(share)
export const amountsOrNull = columnOf<number | null>(orNull(amount))
export const sharesOrNull = columnOf<number | null>(orNull(share))
