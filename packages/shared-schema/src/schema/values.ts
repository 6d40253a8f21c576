// Schemas of single values.
import { type Read, type Rules, refuse, Schema } from './schema.ts'

/** Text of so many code points, as Postgres counts. */
export function text(least = 0, most?: number): Schema<string> {
  const sized = most === undefined ? 'text' : `text of ${least} to ${most} characters`
  return value(
    { type: 'string', minLength: least, maxLength: most },
    (given) =>
      typeof given === 'string' &&
      given.length >= least &&
      (most === undefined || given.length <= most || isAtMost(given, most)),
    least > 0 && most === undefined ? 'text that is not empty' : sized,
  )
}

function isAtMost(given: string, most: number): boolean {
  return given.length <= 2 * most && [...given].length <= most
}

export function pattern(expression: RegExp, name: string): Schema<string> {
  return value(
    { type: 'string', pattern: expression.source },
    (given) => typeof given === 'string' && expression.test(given),
    name,
  )
}

/** A finite number, limits included. */
export function number(least = -Number.MAX_VALUE, most = Number.MAX_VALUE): Schema<number> {
  return value(
    { type: 'number', ...limitsOf(least, most) },
    (given) => Number.isFinite(given) && Number(given) >= least && Number(given) <= most,
    `a number${range(least, most)}`,
  )
}

/** A finite number above 0. */
export function positive(most = Number.MAX_VALUE): Schema<number> {
  return value(
    { type: 'number', exclusiveMinimum: 0, ...limitsOf(-Number.MAX_VALUE, most) },
    (given) => Number.isFinite(given) && Number(given) > 0 && Number(given) <= most,
    `a number above 0${most < Number.MAX_VALUE ? ` and at most ${most}` : ''}`,
  )
}

/** A whole number, limits included. */
export function integer(least = 0, most = Number.MAX_SAFE_INTEGER): Schema<number> {
  return value(
    { type: 'integer', minimum: least, maximum: most },
    (given) => Number.isSafeInteger(given) && Number(given) >= least && Number(given) <= most,
    `a whole number${range(least, most)}`,
  )
}

export function boolean(): Schema<boolean> {
  return value({ type: 'boolean' }, (given) => typeof given === 'boolean', 'true or false')
}

export function booleanOrNull(): Schema<boolean | null> {
  return value(
    { type: ['boolean', 'null'] },
    (given) => typeof given === 'boolean' || given === null,
    'true, false or null',
  )
}

/** One of these values. */
export function literal<const Value extends string | number>(...values: Value[]): Schema<Value> {
  const names = values.map((one) => JSON.stringify(one)).join(' or ')
  return value({ enum: values }, (given) => values.some((one) => one === given), names)
}

export function anything(): Schema<unknown> {
  return new Schema({}, (given) => given)
}

/** A value that is taken as it is. */
function value<Output>(
  rules: Rules,
  holds: (given: unknown) => boolean,
  name: string,
): Schema<Output> {
  const read: Read = (given, issues) => {
    if (!holds(given)) refuse(issues, given, `must be ${name}`)
    return given
  }
  return new Schema(rules, read)
}

function limitsOf(least: number, most: number): Rules {
  return {
    ...(least > -Number.MAX_VALUE && { minimum: least }),
    ...(most < Number.MAX_VALUE && { maximum: most }),
  }
}

function range(least: number, most: number): string {
  if (most < Number.MAX_SAFE_INTEGER) return ` from ${least} to ${most}`
  return least > -Number.MAX_VALUE ? ` of at least ${least}` : ''
}
