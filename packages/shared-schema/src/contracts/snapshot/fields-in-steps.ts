// Reads an object field by field, a field a step, because columns are long. Long lists and records are read piece by
// piece. What has a rule of its own (`check`, a size) is read whole.
import {
  entriesOf,
  ListSchema,
  ObjectSchema,
  RecordSchema,
  readPart,
} from '../../schema/objects.ts'
import {
  answer,
  type Infer,
  type Issue,
  isRecord,
  OptionalSchema,
  type Parsed,
  placeIssues,
  type Schema,
} from '../../schema/schema.ts'
import type { Steps } from '../../steps/run-steps.ts'

/** What `schema.safeParse` answers, with the issues of the first bad field or piece only. */
export function* parseFieldsInSteps<Of extends Schema<unknown>>(
  schema: Of,
  value: unknown,
): Steps<Parsed<Infer<Of>>> {
  const issues: Issue[] = []
  return answer(yield* readInSteps(schema, value, issues), issues)
}

function* readInSteps(schema: Schema<unknown>, value: unknown, issues: Issue[]): Steps<unknown> {
  if (schema instanceof OptionalSchema) {
    return value === undefined ? undefined : yield* readInSteps(schema.inner, value, issues)
  }
  if (schema instanceof ObjectSchema && schema.unnamed === 'dropped' && isRecord(value)) {
    const parsed: Record<string, unknown> = {}
    for (const [name, field] of Object.entries<Schema<unknown>>(schema.shape)) {
      const data = yield* readPartInSteps(field, value[name], name, issues)
      yield
      if (issues.length > 0) return
      if (data !== undefined || name in value) parsed[name] = data
    }
    return parsed
  }
  if (schema instanceof ListSchema && !schema.isSized && Array.isArray(value)) {
    const parsed: unknown[] = []
    for (const [at, entry] of value.entries()) {
      parsed.push(readPart(schema.entry, entry, at, issues))
      if (isEndOfStep(at)) yield
      if (issues.length > 0) return
    }
    return parsed
  }
  if (schema instanceof RecordSchema && isRecord(value)) {
    const parsed: Record<string, unknown> = {}
    const isNested = schema.entry instanceof RecordSchema
    for (const [at, [name, entry]] of entriesOf(value).entries()) {
      readPart(schema.entryName, name, name, issues)
      parsed[name] = yield* readPartInSteps(schema.entry, entry, name, issues)
      if (isNested || isEndOfStep(at)) yield
      if (issues.length > 0) return
    }
    return parsed
  }
  return schema.read(value, issues)
}

function* readPartInSteps(
  schema: Schema<unknown>,
  value: unknown,
  place: PropertyKey,
  issues: Issue[],
): Steps<unknown> {
  const start = issues.length
  const data = yield* readInSteps(schema, value, issues)
  placeIssues(issues, start, place)
  return data
}

/** Entries that one step reads. */
const ENTRIES_PER_STEP = 100

function isEndOfStep(at: number): boolean {
  return at % ENTRIES_PER_STEP === ENTRIES_PER_STEP - 1
}
