// What a value must be: read at run time, known to the compiler as a type, and data to describe it by. Small, because
// every client carries it. `to-zod.ts` gives the worker the same schemas as zod's.

/** One thing that is wrong with a value, and where. */
export interface Issue {
  readonly path: PropertyKey[]
  readonly message: string
}

export type Parsed<Output> =
  | { readonly success: true; readonly data: Output; readonly error?: undefined }
  | { readonly success: false; readonly data?: undefined; readonly error: SchemaError }

export class SchemaError extends Error {
  override readonly name = 'SchemaError'
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    super(issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`).join('; '))
    this.issues = issues
  }
}

/** The value as read. Adds to `issues` what is wrong with it; then the answer means nothing. */
export type Read = (value: unknown, issues: Issue[]) => unknown

/** JSON Schema, with schemas in the places of its parts. */
export type Rules = Readonly<Record<string, unknown>>

export class Schema<Output, Input = Output> {
  readonly rules: Rules
  readonly read: Read
  /** Only for the compiler. */
  declare readonly input: Input

  constructor(rules: Rules, read: Read) {
    this.rules = rules
    this.read = read
  }

  safeParse(value: unknown): Parsed<Output> {
    const issues: Issue[] = []
    return answer<Output>(this.read(value, issues), issues)
  }

  /** @throws SchemaError with everything that is wrong. */
  parse(value: unknown): Output {
    const parsed = this.safeParse(value)
    if (parsed.success) return parsed.data
    throw parsed.error
  }

  optional(): OptionalSchema<Output, Input> {
    return new OptionalSchema(this)
  }

  /** Reads an absent value as this one. */
  default(fallback: Output): DefaultSchema<Output, Input> {
    return new DefaultSchema(this, fallback)
  }

  /** Adds a rule. `problem` answers with what is wrong with a value that follows the others. */
  check(problem: (value: Output) => Problem): Schema<Output, Input> {
    return new Schema(this.rules, checked(this.read, problem))
  }
}

/** What is wrong, and where if not with the whole value. */
export type Problem = undefined | string | readonly [path: readonly PropertyKey[], message: string]

export type Infer<Of> = Of extends Schema<infer Output, infer _Input> ? Output : never
export type InputOf<Of> = Of extends Schema<infer _Output, infer Input> ? Input : never

export class OptionalSchema<Output, Input = Output> extends Schema<
  Output | undefined,
  Input | undefined
> {
  readonly inner: Schema<Output, Input>

  constructor(inner: Schema<Output, Input>) {
    super(inner.rules, (value, issues) =>
      value === undefined ? undefined : inner.read(value, issues),
    )
    this.inner = inner
  }
}

export class DefaultSchema<Output, Input = Output> extends Schema<Output, Input | undefined> {
  constructor(inner: Schema<Output, Input>, fallback: Output) {
    super({ ...inner.rules, default: fallback }, (value, issues) =>
      value === undefined ? fallback : inner.read(value, issues),
    )
  }
}

/** What a reading comes to. */
export function answer<Output>(value: unknown, issues: readonly Issue[]): Parsed<Output> {
  // The one place that trusts a reader with the type of its schema.
  if (issues.length === 0) return { success: true, data: value as Output }
  return { success: false, error: new SchemaError(issues) }
}

/** Says that a value is not what it must be. */
export function refuse(issues: Issue[], value: unknown, message: string): void {
  issues.push({ path: [], message: value === undefined ? 'is missing' : message })
}

/** Puts the issues from `start` on into the field or entry `name`. */
export function placeIssues(issues: readonly Issue[], start: number, name: PropertyKey): void {
  for (let at = start; at < issues.length; at += 1) issues[at]?.path.unshift(name)
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Reads what `prepare` makes of the value. */
export function prepared<Output, Input>(
  { rules, read }: Schema<Output, Input>,
  prepare: (value: unknown) => unknown,
): Schema<Output, Input> {
  return new Schema(rules, (value, issues) => read(prepare(value), issues))
}

function checked<Output>(read: Read, problem: (value: Output) => Problem): Read {
  return (value, issues) => {
    const start = issues.length
    const data = read(value, issues)
    if (issues.length > start) return data
    const found = problem(data as Output)
    if (found === undefined) return data
    const [path, message] = typeof found === 'string' ? [[], found] : found
    issues.push({ path: [...path], message })
    return data
  }
}
