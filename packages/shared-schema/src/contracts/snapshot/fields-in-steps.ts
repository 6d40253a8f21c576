// Parses an object field by field, a field a step: columns are long, and the first use of a schema costs
// much more than later ones. An object with checks of its own (`refine`) is parsed whole.
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
  return z.safeParse(inner, value)
}

function hasChecks({ def }: z.ZodObject): boolean {
  return def.checks !== undefined && def.checks.length > 0
}

function within(name: string, error: z.ZodError): z.ZodError {
  return new z.ZodError(error.issues.map((issue) => ({ ...issue, path: [name, ...issue.path] })))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
