// Writes the shape of JSON for people.
import { z } from 'zod'

interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly required?: readonly string[]
}

/** Of an object that is written in one. */
const LONGEST_LINE = 70

/** As `{ name: string, age?: integer | null }`, longer ones with a line for each field. */
export function describeShape(schema: z.ZodType): string {
  const root = z.toJSONSchema(schema) as JsonSchema

  function write(part: JsonSchema, indent: string): string {
    const { type, items, properties, additionalProperties, $ref } = part
    if ($ref !== undefined) return write(root.$defs?.[$ref.replace('#/$defs/', '')] ?? {}, indent)
    if (part.enum !== undefined) return part.enum.map((one) => JSON.stringify(one)).join(' | ')
    if (part.const !== undefined) return JSON.stringify(part.const)
    if (part.anyOf !== undefined) return part.anyOf.map((one) => write(one, indent)).join(' | ')
    if (items !== undefined) return `[${write(items, indent)}]`
    if (properties !== undefined) {
      const fields = Object.entries(properties).map(([name, field]) => {
        const key = part.required?.includes(name) === true ? name : `${name}?`
        return `${key}: ${write(field, `${indent}  `)}`
      })
      const line = `{ ${fields.join(', ')} }`
      if (line.length <= LONGEST_LINE && !line.includes('\n')) return line
      return `{\n${fields.map((field) => `${indent}  ${field}\n`).join('')}${indent}}`
    }
    if (typeof additionalProperties === 'object') {
      return `{ [name]: ${write(additionalProperties, indent)} }`
    }
    return type === undefined ? 'any' : [type].flat().join(' | ')
  }

  return write(root, '')
}
