import { z } from 'zod'

/**
 * Derives from the schema of a flat object a check that is several times as fast as `safeParse`.
 * Guarantees: what the check accepts is valid by the schema, which would change nothing in it. The
 * converse does not hold: ask the schema about what is not accepted; it also says what is wrong.
 */
export function createQuickCheck(
  schema: z.ZodObject,
): (value: Readonly<Record<string, unknown>>) => boolean {
  const fields = Object.entries(schema.shape).map(([name, field]) => ({
    name,
    isOptional: z.safeParse(field, undefined).success,
    ...readRules(field),
  }))
  return (value) => {
    for (const field of fields) {
      const given = value[field.name]
      if (given === undefined ? !field.isOptional : !isAllowed(given, field)) return false
    }
    return true
  }
}

interface Rules {
  readonly type: 'boolean' | 'string' | 'number' | 'integer' | undefined
  /** Of a number, or of the length of a text. */
  readonly least: number
  readonly most: number
  readonly above: number
  readonly pattern: RegExp | undefined
  /** Judges alone where the schema states other rules. */
  readonly schema: z.core.$ZodType | undefined
}

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

function readRules(field: z.core.$ZodType): Rules {
  let hasHiddenRule = false
  const stated = z.toJSONSchema(field, {
    io: 'output',
    // JSON Schema shows neither refinements nor what changes a value.
    override({ zodSchema }) {
      hasHiddenRule ||= (zodSchema._zod.def.checks ?? []).some((check: z.core.$ZodCheck) =>
        /^(?:custom|overwrite)$/.test(check._zod.def.check),
      )
    },
  })
  const { $schema: _version, type, format: _statedByPattern, pattern, ...bounds } = stated
  const { minLength, maxLength, minimum, maximum, exclusiveMinimum, ...others } = bounds
  const isKnown = type === 'boolean' || type === 'string' || type === 'number' || type === 'integer'
  return {
    type: isKnown ? type : undefined,
    least: minimum ?? minLength ?? -Number.MAX_VALUE,
    most: maximum ?? maxLength ?? Number.MAX_VALUE,
    above: typeof exclusiveMinimum === 'number' ? exclusiveMinimum : Number.NEGATIVE_INFINITY,
    pattern: pattern === undefined ? undefined : new RegExp(pattern),
    schema: hasHiddenRule || !isKnown || Object.keys(others).length > 0 ? field : undefined,
  }
}
