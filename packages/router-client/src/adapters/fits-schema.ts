// Whether a value contradicts a JSON schema, as far as a small part of JSON schema can tell: types, required members, items,
// enumerations and unions. What it does not know fits, so that no good answer counts as a bad one.

const MAX_DEPTH = 20

export function fitsSchema(value: unknown, schema: unknown, depth = 0): boolean {
  if (!isRecord(schema) || depth > MAX_DEPTH) return true
  const { type, enum: listed, const: constant, anyOf, oneOf } = schema
  const fits = (part: unknown, partSchema: unknown) => fitsSchema(part, partSchema, depth + 1)
  if (type !== undefined && ![type].flat().some((name) => isOfType(value, name))) return false
  if (constant !== undefined && !isSame(value, constant)) return false
  if (Array.isArray(listed) && !listed.some((one) => isSame(value, one))) return false
  for (const union of [anyOf, oneOf]) {
    if (Array.isArray(union) && !union.some((one) => fits(value, one))) return false
  }
  if (Array.isArray(value)) {
    const { items } = schema
    return Array.isArray(items) || value.every((item) => fits(item, items))
  }
  if (!isRecord(value)) return true
  const { required, properties } = schema
  if (Array.isArray(required) && !required.every((name) => Object.hasOwn(value, String(name)))) {
    return false
  }
  return (
    !isRecord(properties) ||
    Object.entries(properties).every(
      ([name, partSchema]) => !Object.hasOwn(value, name) || fits(value[name], partSchema),
    )
  )
}

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isRecord(value)
    case 'integer':
      return Number.isInteger(value)
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type
    default:
      return true
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
