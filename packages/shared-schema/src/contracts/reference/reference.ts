// Version 1 of a reference: what an outcome needs to know of the call that it is about, in one text that is safe in a URL. Its
// parts stand between tildes:
//   decision~w1~snapshot~task~model~provider~level~attempt~after~propensity~instance~session~context[~arm or ~would~choice][~signature]
// The decision comes first because all else is the same for many decisions: they write a reference by putting two texts
// together. What is not known is empty. In a name each character besides letters, digits, dot and hyphen is `_`, its code point
// in hex, and `_`. Entries of a context stand between dots. An arm is its first letter and the experiment: `h1a2b3c4d`. winrate.read_reference reads the same in SQL; test/ingest/references.test.ts holds both to one table.
import type { ArmName } from '../names/arm.ts'
import { limits } from '../names/limits.ts'

/** What a reference says, in the names of an outcome. */
export interface Referred {
  /** The instance that decided. */
  readonly instance_id: string
  readonly decision_id: string
  readonly snapshot_version?: number | undefined
  /** As the call is learned. */
  readonly task_type: string
  readonly model_name: string
  readonly provider: string
  readonly thinking_level?: string | undefined
  /** 1 for the decided model, 2 for the first one after it. */
  readonly attempt: number
  /** The models whose answers had failed before, separated by commas. */
  readonly after?: string | undefined
  readonly propensity?: number | undefined
  readonly session?: string | undefined
  readonly context?: string | undefined
  /** Both or neither: see `armSchema`. */
  readonly arm?: string | undefined
  readonly experiment?: string | undefined
  /** What the router would have chosen, of a decision that was only observed. */
  readonly would_choose?: string | undefined
}

/** What an outcome is given by its reference, whatever it says beside it. Its instance it may name itself. */
const referredFields = [
  ...['decision_id', 'snapshot_version', 'task_type', 'model_name', 'provider', 'thinking_level'],
  ...[
    'attempt',
    'after',
    'propensity',
    'session',
    'context',
    'arm',
    'experiment',
    'would_choose',
    'selected_model',
    'selected_provider',
  ],
]

/** Any code point but NUL and surrogates. */
const escaped =
  '_(?:[1-9a-f][0-9a-f]{0,2}|[1-9a-ce-f][0-9a-f]{3}|d[0-7][0-9a-f]{2}|[1-9a-f][0-9a-f]{4}|10[0-9a-f]{4})_'
const character = `(?:[A-Za-z0-9.-]|${escaped})`
const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'
const propensity = '(?:1|0[.][0-9]{1,22}|[1-9](?:[.][0-9]{1,17})?e-[0-9]{1,2})?'

/** read_reference.sql has the same pattern. */
const pattern = new RegExp(
  `^${uuid}~w1~[0-9]{0,16}~${character}+~${character}+~${character}+~${character}*~[1-9][0-9]{0,2}~${character}*~${propensity}~${character}+~(?:[0-9a-f]{16})?~[a-z0-9_.-]*(?:~[hl][0-9a-f]{8}|~would~${character}+)?(?:~[A-Za-z0-9_-]{22})?$`,
)

/** What is wrong with a reference that cannot be read. */
export const REFERENCE_PROBLEM =
  'is no reference that this version can read: send one as a decision has it'

/** Undefined for what is none, or one of a later version. */
export function readReference(reference: unknown): Referred | undefined {
  if (typeof reference !== 'string' || reference.length > limits.referenceChars) return undefined
  if (!pattern.test(reference)) return undefined
  const [decision = '', , snapshot, ...parts] = reference.split('~')
  const [task, model, provider, level, attempt, after, chance, instance, session, context] = parts
  const belongs = parts[10]?.length === ARM_CHARS ? parts[10] : ''
  const [would, choice] = parts.slice(10)
  return {
    instance_id: read(instance),
    decision_id: decision,
    snapshot_version: snapshot ? Number(snapshot) : undefined,
    task_type: read(task),
    model_name: read(model),
    provider: read(provider),
    thinking_level: read(level) || undefined,
    attempt: Number(attempt),
    after: read(after) || undefined,
    propensity: chance ? Number(chance) : undefined,
    session: session || undefined,
    context: context?.replaceAll('.', ' ') || undefined,
    arm: belongs ? arms[belongs.charAt(0)] : undefined,
    experiment: belongs.slice(1) || undefined,
    would_choose: would === 'would' ? read(choice) : undefined,
  }
}

/** By the letter that stands for each. */
const arms: Readonly<Record<string, ArmName>> = { h: 'holdout', l: 'learned' }
const ARM_CHARS = 9

/** Empty where it would be longer than anybody reads. */
export function writeReference(said: Referred): string {
  const reference = said.decision_id + callIn(said) + requestIn(said)
  return isReadable(reference) ? reference : ''
}

/** Whether a reference, with a signature, is short enough for its readers. */
export function isReadable(reference: string): boolean {
  return reference.length + SIGNATURE_CHARS <= limits.referenceChars
}

/** A tilde and 128 bits in base64url. */
export const SIGNATURE_CHARS = 23

/** The part that says who calls what, and why. */
export function callIn(said: Omit<Referred, 'decision_id'>): string {
  const { snapshot_version = '', task_type, model_name, provider, thinking_level = '' } = said
  const { attempt, after = '', propensity, instance_id } = said
  const names = [task_type, model_name, provider, thinking_level].map(write).join('~')
  // Of a chance that is smaller nothing is drawn.
  const chance = propensity !== undefined && propensity >= 1e-99 ? propensity : ''
  return `~w1~${snapshot_version}~${names}~${attempt}~${write(after)}~${chance}~${write(instance_id)}`
}

/** The part that says what the request belongs to, and of an observed one what would have been chosen. */
export function requestIn(said: Partial<Referred>): string {
  const { session = '', context = '', arm, experiment, would_choose } = said
  const belongs = arm === undefined ? '' : `~${arm.charAt(0)}${experiment}`
  const last = would_choose === undefined ? belongs : `~would~${write(would_choose)}`
  return `~${session}~${context.replaceAll(' ', '.')}${last}`
}

/**
 * An outcome with what its reference says in the place of the reference. `problem` says that it cannot be read: then the
 * outcome is as it was, without it.
 */
export function resolveReference(given: Readonly<Record<string, unknown>>): {
  readonly fields: Readonly<Record<string, unknown>>
  readonly problem?: string
} {
  const { reference, ...rest } = given
  const fields: Record<string, unknown> = rest
  if (reference === undefined || reference === null) return { fields: given }
  const said = readReference(reference)
  if (said === undefined) return { fields, problem: REFERENCE_PROBLEM }
  for (const name of referredFields) delete fields[name]
  const { instance_id, ...call } = said
  for (const [name, value] of Object.entries(call)) if (value !== undefined) fields[name] = value
  fields['instance_id'] ??= instance_id
  return { fields }
}

function write(text: string): string {
  return text.replace(/[^A-Za-z0-9.-]/gu, (one) => `_${codeOf(one).toString(16)}_`)
}

/** What Postgres cannot hold is written as the sign for that, as in an outcome. */
function codeOf(character: string): number {
  const code = character.codePointAt(0) ?? 0
  return code === 0 || (code >= 0xd800 && code <= 0xdfff) ? 0xfffd : code
}

function read(text = ''): string {
  return text.replace(/_([0-9a-f]+)_/g, (_, code) =>
    String.fromCodePoint(Number.parseInt(code, 16)),
  )
}
