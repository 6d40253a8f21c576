// Parses an object field by field, a field a step: columns are long, and the first use of a schema costs
// much more than later ones. Long lists and records are parsed piece by piece. What has checks of its own
// (`refine`, `min`) is parsed whole.
import { z } from 'zod'
import type { Steps } from '../../steps/run-steps.ts'

export type Parsed<Value> =
  | { readonly success: true; readonly data: Value; readonly error?: undefined }
  | { readonly success: false; readonly data?: undefined; readonly error: z.ZodError }

/**
 * What `schema.safeParse` answers, with the issues of the first bad field only. The schema must ignore
 * unknown fields, as `z.object` does.
 */
export function* parseFieldsInSteps<Schema extends z.ZodObject>(
  schema: Schema,
  value: unknown,
): Steps<Parsed<z.infer<Schema>>> {
  if (!isRecord(value) || hasChecks(schema)) return schema.safeParse(value)
  const parsed: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(schema.shape)) {
    const result = yield* parseField(field, value[name])
    yield
    if (!result.success) return { success: false, error: within(name, result.error) }
    if (result.data !== undefined || name in value) parsed[name] = result.data
  }
  // Field by field this is what the schema says.
  return { success: true, data: parsed as z.infer<Schema> }
}

function* parseField(field: z.core.$ZodType, value: unknown): Steps<Parsed<unknown>> {
  const inner = field instanceof z.ZodOptional && value !== undefined ? field.unwrap() : field
  const ignoresUnknownFields = inner instanceof z.ZodObject && inner.def.catchall === undefined
  if (ignoresUnknownFields) return yield* parseFieldsInSteps(inner, value)
  if (inner instanceof z.ZodArray && !hasChecks(inner) && Array.isArray(value)) {
    return yield* parseListInSteps(inner, value)
  }
  if (inner instanceof z.ZodRecord && !hasChecks(inner) && isRecord(value)) {
    return yield* parseRecordInSteps(inner, value)
  }
  return z.safeParse(inner, value)
}

/** Entries that one step parses. */
const ENTRIES_PER_STEP = 100

function* parseListInSteps(schema: z.ZodArray, list: readonly unknown[]): Steps<Parsed<unknown>> {
  const parsed: unknown[] = []
  for (let from = 0; from < list.length; from += ENTRIES_PER_STEP) {
    const result = schema.safeParse(list.slice(from, from + ENTRIES_PER_STEP))
    if (!result.success) return { success: false, error: shifted(from, result.error) }
    for (const entry of result.data) parsed.push(entry)
    yield
  }
  return { success: true, data: parsed }
}

function* parseRecordInSteps(
  schema: z.ZodRecord,
  record: Record<string, unknown>,
): Steps<Parsed<unknown>> {
  const parsed: Record<PropertyKey, unknown> = {}
  const isNested = schema.valueType instanceof z.ZodRecord
  const names = Object.keys(record)
  const perStep = isNested ? 1 : ENTRIES_PER_STEP
  for (let from = 0; from < names.length; from += perStep) {
    const some = names.slice(from, from + perStep)
    // Names first where values are long themselves.
    const entries = some.map((name) => [name, isNested ? {} : record[name]])
    const result = schema.safeParse(Object.fromEntries(entries))
    if (!result.success) return { success: false, error: result.error }
    Object.assign(parsed, result.data)
    yield
    if (!isNested) continue
    for (const name of Object.keys(result.data)) {
      const inner = yield* parseField(schema.valueType, record[name])
      if (!inner.success) return { success: false, error: within(name, inner.error) }
      parsed[name] = inner.data
    }
  }
  return { success: true, data: parsed }
}

function hasChecks({ def }: z.ZodObject | z.ZodArray | z.ZodRecord): boolean {
  return def.checks !== undefined && def.checks.length > 0
}

function within(name: string, error: z.ZodError): z.ZodError {
  return new z.ZodError(error.issues.map((issue) => ({ ...issue, path: [name, ...issue.path] })))
}

/** The first part of each path counts from the beginning of a piece. */
function shifted(from: number, error: z.ZodError): z.ZodError {
  return new z.ZodError(
    error.issues.map((issue) => {
      const [at, ...path] = issue.path
      return { ...issue, path: [typeof at === 'number' ? from + at : (at ?? from), ...path] }
    }),
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
