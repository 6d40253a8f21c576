// Schemas of objects, records and lists.
import {
  type Infer,
  type InputOf,
  type Issue,
  isRecord,
  type OptionalSchema,
  placeIssues,
  refuse,
  Schema,
} from './schema.ts'

export type Shape = Readonly<Record<string, Schema<unknown>>>

type OptionalNames<Of extends Shape> = {
  [Name in keyof Of]: Of[Name] extends OptionalSchema<unknown> ? Name : never
}[keyof Of]
type InputOptionalNames<Of extends Shape> = {
  [Name in keyof Of]: undefined extends InputOf<Of[Name]> ? Name : never
}[keyof Of]
type Flat<Of> = { [Name in keyof Of]: Of[Name] }

export type OutputOfShape<Of extends Shape> = Flat<
  { -readonly [Name in Exclude<keyof Of, OptionalNames<Of>>]: Infer<Of[Name]> } & {
    -readonly [Name in OptionalNames<Of>]?: Infer<Of[Name]>
  }
>
type InputOfShape<Of extends Shape> = Flat<
  { -readonly [Name in Exclude<keyof Of, InputOptionalNames<Of>>]: InputOf<Of[Name]> } & {
    -readonly [Name in InputOptionalNames<Of>]?: InputOf<Of[Name]>
  }
>

/** What becomes of fields that the shape does not name. */
type Unnamed = 'dropped' | 'kept' | 'refused'

export class ObjectSchema<Of extends Shape> extends Schema<OutputOfShape<Of>, InputOfShape<Of>> {
  readonly shape: Of
  readonly unnamed: Unnamed

  constructor(shape: Of, unnamed: Unnamed) {
    const fields = Object.entries(shape)
    const rules = { type: 'object', properties: shape, additionalProperties: unnamed !== 'refused' }
    super(rules, (value, issues) => {
      if (!isRecord(value)) return refuse(issues, value, 'must be an object')
      const parsed: Record<string, unknown> = unnamed === 'kept' ? { ...value } : {}
      for (const [name, field] of fields) {
        const data = readPart(field, value[name], name, issues)
        if (data !== undefined || name in value) parsed[name] = data
      }
      if (unnamed === 'refused') refuseUnnamed(value, shape, issues)
      return parsed
    })
    this.shape = shape
    this.unnamed = unnamed
  }
}

function refuseUnnamed(value: object, shape: Shape, issues: Issue[]): void {
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(shape, name)) issues.push({ path: [name], message: 'is not a known field' })
  }
}

export function namesOf<Of extends Shape>(shape: Of): (keyof Of & string)[] {
  return Object.keys(shape)
}

/** Every field may be absent. */
export function partial<Of extends Shape>(shape: Of) {
  const fields = Object.entries(shape).map(([name, field]) => [name, field.optional()])
  // The names are those of the shape.
  return Object.fromEntries(fields) as {
    [Name in keyof Of]: OptionalSchema<NonNullable<Infer<Of[Name]>>>
  }
}

/** An object. Fields that the shape does not name are dropped. */
export function object<Of extends Shape>(shape: Of): ObjectSchema<Of> {
  return new ObjectSchema(shape, 'dropped')
}

/** An object. Fields that the shape does not name are kept. */
export function looseObject<Of extends Shape>(
  shape: Of,
): Schema<OutputOfShape<Of> & { [name: string]: unknown }> {
  const { rules, read } = new ObjectSchema(shape, 'kept')
  return new Schema(rules, read)
}

/** An object without any field that the shape does not name. */
export function strictObject<Of extends Shape>(shape: Of): ObjectSchema<Of> {
  return new ObjectSchema(shape, 'refused')
}

/** An object of one of the shapes: the field `by`, a literal in each, says which. */
export function variant<Output>(
  by: string,
  options: ReadonlyMap<string, Schema<unknown>>,
): Schema<Output> {
  const names = [...options.keys()].map((name) => `'${name}'`).join(' or ')
  return new Schema({ oneOf: [...options.values()] }, (value, issues) => {
    if (!isRecord(value)) return refuse(issues, value, 'must be an object')
    const chosen = options.get(String(value[by]))
    if (chosen !== undefined) return chosen.read(value, issues)
    const message = value[by] === undefined ? 'is missing' : `must be ${names}`
    return void issues.push({ path: [by], message })
  })
}

export class ListSchema<Of extends Schema<unknown>> extends Schema<Infer<Of>[], InputOf<Of>[]> {
  readonly entry: Of
  readonly isSized: boolean

  constructor(entry: Of, least: number, most?: number) {
    const sized = most === undefined ? 'a list' : `a list of ${least} to ${most} entries`
    super({ type: 'array', items: entry, minItems: least, maxItems: most }, (value, issues) => {
      if (!Array.isArray(value) || value.length < least || value.length > (most ?? value.length)) {
        return refuse(issues, value, `must be ${sized}`)
      }
      return Array.from(value, (given, at) => readPart(entry, given, at, issues))
    })
    this.entry = entry
    this.isSized = least > 0 || most !== undefined
  }
}

/** A list of at least and at most so many entries. */
export function list<Of extends Schema<unknown>>(
  entry: Of,
  least = 0,
  most?: number,
): ListSchema<Of> {
  return new ListSchema(entry, least, most)
}

export class RecordSchema<Of extends Schema<unknown>> extends Schema<
  Record<string, Infer<Of>>,
  Record<string, InputOf<Of>>
> {
  readonly entryName: Schema<string>
  readonly entry: Of

  constructor(name: Schema<string>, entry: Of) {
    const rules = { type: 'object', propertyNames: name, additionalProperties: entry }
    super(rules, (value, issues) => {
      if (!isRecord(value)) return refuse(issues, value, 'must be an object')
      const parsed: Record<string, unknown> = {}
      for (const [key, given] of entriesOf(value)) {
        readPart(name, key, key, issues)
        parsed[key] = readPart(entry, given, key, issues)
      }
      return parsed
    })
    this.entryName = name
    this.entry = entry
  }
}

/** Without the name that would set the prototype of a copy. */
export function entriesOf(value: object): [name: string, value: unknown][] {
  return Object.entries(value).filter(([name]) => name !== '__proto__')
}

/** An object of any number of entries, all of one kind, with names of one kind. */
export function record<Of extends Schema<unknown>>(
  name: Schema<string>,
  entry: Of,
): RecordSchema<Of> {
  return new RecordSchema(name, entry)
}

export function readPart(
  schema: Schema<unknown>,
  value: unknown,
  place: PropertyKey,
  issues: Issue[],
): unknown {
  const start = issues.length
  const data = schema.read(value, issues)
  placeIssues(issues, start, place)
  return data
}
