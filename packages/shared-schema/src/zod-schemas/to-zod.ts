// The schemas of the contracts as zod's, for the worker: its routes, its OpenAPI document and its own schemas build on
// zod, which is too large for clients.
import { z } from 'zod'
import { ListSchema, ObjectSchema, RecordSchema, type Shape } from '../schema/objects.ts'
import { type Infer, type Issue, OptionalSchema, Schema } from '../schema/schema.ts'

type ZodShape<Of extends Shape> = {
  -readonly [Name in keyof Of]: Of[Name] extends OptionalSchema<infer Output>
    ? z.ZodOptional<z.ZodType<Output>>
    : z.ZodType<Infer<Of[Name]>>
}

const made = new WeakMap<Schema<unknown>, z.ZodType>()

/** Takes and refuses the same values, with the same messages. Always the same object for one schema. */
export function toZod<Of extends Shape>(schema: ObjectSchema<Of>): z.ZodObject<ZodShape<Of>>
export function toZod<Output>(schema: Schema<Output, unknown>): z.ZodType<Output>
export function toZod(schema: Schema<unknown>): z.ZodType {
  const known = made.get(schema) ?? translate(schema)
  made.set(schema, known)
  return known
}

function translate(schema: Schema<unknown>): z.ZodType {
  if (schema instanceof OptionalSchema) return toZod(schema.inner).optional()
  if (schema instanceof ObjectSchema && schema.unnamed === 'dropped') {
    const fields = Object.entries<Schema<unknown>>(schema.shape)
    return z.object(Object.fromEntries(fields.map(([name, field]) => [name, toZod(field)])))
  }
  if (schema instanceof RecordSchema) {
    return z.record(z.string().check(readBy(schema.entryName)), toZod(schema.entry))
  }
  if (schema instanceof ListSchema && !schema.isSized) return z.array(toZod(schema.entry))
  return z.custom().check(readBy(schema)).meta(describe(schema))
}

function readBy(schema: Schema<unknown>): z.core.CheckFn<unknown> {
  return (payload) => {
    const issues: Issue[] = []
    const data = schema.read(payload.value, issues)
    if (issues.length === 0) payload.value = data
    for (const issue of issues) {
      payload.issues.push({ ...issue, code: 'custom', input: payload.value })
    }
  }
}

/** The JSON Schema of a schema. */
function describe(schema: Schema<unknown>): Record<string, unknown> {
  const { properties, ...rules } = schema.rules
  const described = Object.entries(rules).map(([name, rule]) => [name, describeRule(rule)])
  if (typeof properties !== 'object' || properties === null) return Object.fromEntries(described)
  const fields = Object.entries<Schema<unknown>>({ ...properties })
  return {
    ...Object.fromEntries(described),
    properties: Object.fromEntries(fields.map(([name, field]) => [name, describe(field)])),
    required: fields
      .filter(([, field]) => !field.safeParse(undefined).success)
      .map(([name]) => name),
  }
}

function describeRule(rule: unknown): unknown {
  if (rule instanceof Schema) return describe(rule)
  return Array.isArray(rule) ? rule.map(describeRule) : rule
}
