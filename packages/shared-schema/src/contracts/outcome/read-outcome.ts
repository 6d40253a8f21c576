// Reads an outcome that may break the contract in some fields, and says what is wrong with these. An outcome is refused
// only for a required field; any other field that cannot be read is left out. winrate.judge_outcome does the same in
// SQL; test/ingest/outcome-rules.test.ts holds both together.
import { OptionalSchema, type Schema } from '../../schema/schema.ts'
import { integer } from '../../schema/values.ts'
import { limits } from '../names/limits.ts'
import { resolveReference } from '../reference/reference.ts'
import { shortenFailure, UNREADABLE_FAILURE } from './failure-kind.ts'
import { hasNull, type OutcomeMessage, outcomeAliases, outcomeMessageSchema } from './outcome.ts'
import { readTime } from './read-time.ts'

/** What failed before a later attempt that says so in no known form: still it must not count as a first one. */
const UNREADABLE_AFTER = 'unreadable'

export type OutcomeField = keyof typeof outcomeMessageSchema.shape

/** What is wrong with one field. */
export interface FieldProblem {
  readonly field: string
  /** The name that the field was given under. */
  readonly name: string
  /** Follows the name in a sentence that says what to send: `4 is not 0..1: on a scale of 5 send 0.8`. */
  readonly problem: string
}

export interface ReadOutcome {
  /** Undefined if a required field cannot be read: then `problems` names that field only. */
  readonly outcome: OutcomeMessage | undefined
  readonly problems: readonly FieldProblem[]
}

/** Texts that are cut, because their beginning says something too. What people write is not repeated. */
const longestTexts: Readonly<Record<string, number>> = {
  prompt: limits.promptChars,
  feedback_text: limits.feedbackChars,
  failure: limits.failureChars,
  after: limits.afterChars,
}

const fields = Object.entries<Schema<unknown>>(outcomeMessageSchema.shape).map(
  ([name, schema]) => ({
    name,
    schema,
    isRequired: !(schema instanceof OptionalSchema),
    alias: Object.entries(outcomeAliases).find(([, of]) => of === name)?.[0] ?? name,
  }),
)

/** Without these nobody knows which call an outcome is of. */
const namesOfCall = ['task_type', 'model_name', 'instance_id']

/**
 * Ignores unknown fields. Null means absent, but see `hasNull`. What a reference says of the call comes before what stands
 * beside it. One that cannot be read is left out, and refuses the outcome where nothing else names its call.
 */
export function readOutcome(said: Readonly<Record<string, unknown>>): ReadOutcome {
  const outcome: Record<string, unknown> = {}
  const { fields: given, problem: unread } = resolveReference(said)
  const reference = { field: 'reference', name: 'reference', problem: unread ?? '' }
  const problems: FieldProblem[] = unread === undefined ? [] : [reference]
  for (const { name: field, schema, isRequired, alias } of fields) {
    const name = (given[field] ?? undefined) === undefined ? alias : field
    const value = hasNull(field) ? given[name] : (given[name] ?? undefined)
    if (value === undefined && !isRequired) continue
    const read = readForm(field, value)
    const problem = problemOf(field, read ?? value, schema)
    if (problem === undefined) {
      outcome[field] = read ?? value
      continue
    }
    if (isRequired) {
      const isReference = unread !== undefined && namesOfCall.includes(field)
      const first = isReference ? reference : { field, name, problem }
      return { outcome: undefined, problems: [first] }
    }
    problems.push({ field, name, problem })
    if (field === 'after' && value !== '') outcome[field] = UNREADABLE_AFTER
    if (field === 'failure' && value !== '' && outcome['success'] === false) {
      outcome[field] = UNREADABLE_FAILURE
    }
  }
  if (correctsItself(outcome)) {
    delete outcome['corrects']
    problems.push({ field: 'corrects', name: 'corrects', problem: 'names the outcome itself' })
  }
  return { outcome: outcome as OutcomeMessage, problems }
}

/** What is wrong with a value of one field; undefined if it can be read. */
export function problemWith(name: OutcomeField, value: unknown): string | undefined {
  return problemOf(name, readForm(name, value) ?? value, outcomeMessageSchema.shape[name])
}

const tokens = integer(0, limits.tokens)

/** What is wrong with a count of tokens of one call. */
export function problemWithTokens(value: unknown): string | undefined {
  return problemOf('tokens', value, tokens)
}

/** Of a value that the contract does not allow but that can mean only one thing; else undefined. */
function readForm(field: string, value: unknown): unknown {
  if (field === 'occurred_at') return readTime(value)
  if (field === 'success') return readBoolean(value)
  if (field === 'failure') {
    // An HTTP status.
    if (isStatus(value)) return String(value)
    if (typeof value === 'string') return shortenFailure(value)
  }
  const longest = longestTexts[field]
  if (longest === undefined || typeof value !== 'string' || value.length <= longest)
    return undefined
  return [...value].slice(0, longest).join('')
}

/** Without it the whole outcome is lost, so what other languages and forms write is read. */
function readBoolean(value: unknown): boolean | undefined {
  if (value === 1 || value === 0) return value === 1
  if (typeof value !== 'string' || value.length > 10) return undefined
  const [, word = ''] = /^[ \t\r\n]*(true|false|1|0)[ \t\r\n]*$/i.exec(value) ?? []
  return word === '' ? undefined : /^[1t]/i.test(word)
}

function isStatus(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 999
}

function correctsItself({ outcome_id: id, corrects }: Record<string, unknown>): boolean {
  return typeof id === 'string' && String(corrects).toLowerCase() === id.toLowerCase()
}

const SHOWN_CHARS = 40

function problemOf(field: string, value: unknown, schema: Schema<unknown>): string | undefined {
  const message = schema.safeParse(value).error?.issues[0]?.message
  if (message === undefined || value === undefined) return message
  return `${shown(field, value)} ${hint(field, value, schema) ?? message}`
}

function shown(field: string, value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string' || field in longestTexts) {
    return `(${Array.isArray(value) ? 'a list' : typeof value})`
  }
  return JSON.stringify(value.length > SHOWN_CHARS ? `${value.slice(0, SHOWN_CHARS)}…` : value)
}

/** What to send instead, where the value lets it be guessed. */
function hint(field: string, value: unknown, { rules }: Schema<unknown>): string | undefined {
  if (field === 'occurred_at') {
    const isLocal = typeof value === 'string' && readTime(`${value}Z`) !== undefined
    return isLocal ? 'has no offset from UTC: send it with Z or +00:00 at the end' : undefined
  }
  const { type, minimum, maximum } = rules
  if (type === 'number' && typeof value === 'number' && !Number.isNaN(value) && minimum === 0) {
    const scale =
      field === 'response_quality' && value >= 1.5 && [5, 10, 100].find((top) => value <= top)
    return `is not ${minimum}..${maximum}${scale ? `: on a scale of ${scale} send ${value / scale}` : ''}`
  }
  const isNumber = type === 'number' || type === 'integer'
  if (!isNumber || typeof value !== 'string' || value.length > SHOWN_CHARS) return undefined
  const number = Number(value)
  return value.trim() === '' || !Number.isFinite(number)
    ? undefined
    : `is a text: send the number ${number}`
}
