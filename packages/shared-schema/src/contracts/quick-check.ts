import { z } from 'zod'

/**
 * Derives from the schema of a flat object a check that is several times as fast as `safeParse`.
 * Guarantees: what the check accepts is valid by the schema, which would change nothing in it. The
 * converse does not hold: ask the schema about what is not accepted; it also says what is wrong.
 *
 * @throws when the schema states a rule that this check does not know.
 */
export function createQuickCheck(
  schema: z.ZodType,
): (value: Readonly<Record<string, unknown>>) => boolean {
  const refined: z.core.$ZodType[] = []
  const { properties = {}, required = [] } = z.toJSONSchema(schema, {
    io: 'output',
    override({ zodSchema, jsonSchema }) {
      if (isRefined(zodSchema)) jsonSchema[REFINED] = refined.push(zodSchema) - 1
    },
  })
  const fields = Object.entries(properties).map(([name, rules]) => ({
    name,
    isRequired: required.includes(name),
    ...readRules(rules, refined),
  }))
  return (value) => {
    for (const field of fields) {
      const given = value[field.name]
      if (given === undefined ? field.isRequired : !isAllowed(given, field)) return false
    }
    return true
  }
}

interface Rules {
  readonly type: 'boolean' | 'string' | 'number' | 'integer'
  /** Of a number, or of the length of a text. */
  readonly least: number
  readonly most: number
  readonly above: number
  readonly pattern: RegExp | undefined
  /** Judges alone where a refinement of the schema does, which JSON Schema does not show. */
  readonly schema: z.core.$ZodType | undefined
}

/** The place of its schema among those with a refinement: a JSON Schema holds no objects. */
const REFINED = 'x-refined'

function isAllowed(given: unknown, rules: Rules): boolean {
  const { type, least, most, above, pattern, schema } = rules
  if (schema !== undefined) return z.safeParse(schema, given).data === given
  if (typeof given === 'string') {
    const { length } = given
    if (type !== 'string' || length < least || length > most) return false
    return pattern === undefined || pattern.test(given)
  }
  if (typeof given === 'number') {
    if (type !== 'number' && (type !== 'integer' || !Number.isInteger(given))) return false
    return given >= least && given <= most && given > above
  }
  return typeof given === 'boolean' && type === 'boolean'
}

function readRules(
  stated: z.core.JSONSchema._JSONSchema,
  refined: readonly z.core.$ZodType[],
): Rules {
  if (typeof stated === 'boolean') throw new Error('cannot check a field without a type')
  const { [REFINED]: place, type, format: _statedByPattern, ...others } = stated
  const { pattern, minLength, maxLength, ...numeric } = others
  const { minimum, maximum, exclusiveMinimum, ...unknown } = numeric
  const [rule] = Object.keys(unknown)
  if (rule !== undefined) throw new Error(`cannot check the rule ${rule}`)
  if (type !== 'boolean' && type !== 'string' && type !== 'number' && type !== 'integer') {
    throw new Error(`cannot check a field of type ${String(type)}`)
  }
  const above = typeof exclusiveMinimum === 'number' ? exclusiveMinimum : Number.NEGATIVE_INFINITY
  return {
    type,
    least: minimum ?? minLength ?? -Number.MAX_VALUE,
    most: maximum ?? maxLength ?? Number.MAX_VALUE,
    above,
    pattern: pattern === undefined ? undefined : new RegExp(pattern),
    schema: typeof place === 'number' ? refined[place] : undefined,
  }
}

function isRefined({ _zod: { def } }: z.core.$ZodTypes): boolean {
  const checks: readonly z.core.$ZodCheck[] = def.checks ?? []
  return checks.some(({ _zod }) => _zod.def.check === 'custom')
}
