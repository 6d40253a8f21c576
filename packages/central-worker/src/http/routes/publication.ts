// Turns the body of POST /v1/outcomes into the one message for the queue. Guarantees: the envelope keeps
// the contract as far as it goes, and jsonb can hold all of it. Ingest judges the outcomes one by one: a bad one does not
// affect the others.
import {
  decisionOutcomeId,
  limits,
  problemWith,
  resolveReference,
  SEALED_BATCH_FORMAT,
  sealedBatchSchema,
} from '@winrate/shared-schema/contracts'
import { toZod } from '@winrate/shared-schema/zod'
import { z } from 'zod'
import { isStorableText, storableText, UNSTORABLE } from '../../runtime/storable-text.ts'
import { HttpError, invalidRequest } from '../server/http-error.ts'
import { findOutcomeProblems, type OutcomeProblem } from './outcome-problems.ts'

/** What the server adds to outcomes that come without a batch. */
export interface Seal {
  /** Names this replica. */
  readonly instanceId: string
  /** Identifies this run of the replica. */
  readonly sessionId: string
  readonly sdk: string
  readonly nowMs: () => number
  readonly newId: () => string
}

const { format, outcomes: _judged, ...envelopeFields } = toZod(sealedBatchSchema).shape
const requiredSchema = z.object({ format, outcomes: z.array(z.unknown()) })
const envelopeSchema = z.object(envelopeFields).partial()

/** A sealed batch whose outcomes ingest has yet to judge. */
export type QueuedBatch = z.infer<typeof requiredSchema> &
  z.infer<typeof envelopeSchema> & { readonly batch_id: string }

export interface Publication {
  readonly message: QueuedBatch
  /** Of outcomes that the server sealed, in their order; null for what cannot have one. */
  readonly outcomeIds?: (string | null)[]
  /** How many outcomes ingest will reject. */
  readonly rejected?: number
  readonly problems?: OutcomeProblem[]
}

/** An outcome has fields, and no field of it holds more than a value. */
const MOST_NESTED = 3

/**
 * Reads a sealed batch, a list of outcomes or one outcome.
 *
 * @param instances Whom the sender may speak for; null for all. Where it is one, outcomes that name none are its.
 * @throws HttpError 400 that names what is wrong with the envelope, 413 for too many outcomes, 403 for those of others.
 */
export function readPublication(
  body: unknown,
  seal: Seal,
  instances: readonly string[] | null = null,
): Publication {
  if (!isObject(body)) throw invalidRequest('body', [], 'must be a batch, an outcome or a list')
  if ('outcomes' in body || 'batch_id' in body) {
    const publication = readSealedBatch(body, seal)
    if (instances !== null) checkInstances(publication.message, instances)
    return publication
  }
  const outcomes: readonly unknown[] = Array.isArray(body) ? body : [body]
  checkCount(outcomes)
  if (outcomes.length === 0) throw invalidRequest('body', [], 'has no outcome; send at least one')
  const publication = sealOutcomes(outcomes, seal, instances?.length === 1 ? instances[0] : '')
  if (instances !== null) checkInstances(publication.message, instances, { isSealedHere: true })
  return publication
}

/** What a batch needs is its format and its outcomes. Any other field that cannot be read is left out. */
function readSealedBatch(body: object, seal: Seal): Publication {
  if ('outcomes' in body) checkCount(body.outcomes)
  const { success, data, error } = requiredSchema.safeParse(body)
  if (!success) {
    const [issue] = error.issues
    throw invalidRequest('body', issue?.path ?? [], issue?.message ?? 'is invalid')
  }
  const { envelope, leftOut } = readEnvelope(body)
  const outcomes = data.outcomes.map((outcome) => storable(outcome))
  const message = { ...data, ...envelope, batch_id: envelope.batch_id ?? seal.newId(), outcomes }
  return { message, ...tell(outcomes, envelope.instance_id, leftOut) }
}

function readEnvelope(body: object) {
  const fields: Record<string, unknown> = {}
  const leftOut: OutcomeProblem[] = []
  for (const [name, schema] of Object.entries(envelopeFields)) {
    const value: unknown = Reflect.get(body, name) ?? undefined
    if (value === undefined) continue
    const { success, error } = schema.safeParse(value)
    const problem = success ? findUnstorable(value) && UNSTORABLE : error.issues[0]?.message
    if (problem === undefined) fields[name] = value
    else leftOut.push({ field: name, problem: `${name} of the batch is left out: ${problem}` })
  }
  return { envelope: envelopeSchema.parse(fields), leftOut }
}

function sealOutcomes(given: readonly unknown[], seal: Seal, sender = ''): Publication {
  const storables = given.map((outcome) => storable(outcome))
  const outcomes = storables.map((outcome) => nameOutcome(outcome, seal.newId, sender))
  return {
    message: {
      format: SEALED_BATCH_FORMAT,
      batch_id: seal.newId(),
      instance_id: seal.instanceId,
      session_id: seal.sessionId,
      sdk: seal.sdk,
      sealed_at: new Date(seal.nowMs()).toISOString(),
      dropped: {},
      outcomes,
    },
    outcomeIds: outcomes.map(idOf),
    ...tell(storables, sender === '' ? undefined : sender, []),
  }
}

function tell(
  outcomes: readonly unknown[],
  sender: string | undefined,
  leftOut: readonly OutcomeProblem[],
): Pick<Publication, 'rejected' | 'problems'> {
  const { rejected, problems } = findOutcomeProblems(outcomes, sender)
  const all = [...leftOut, ...problems]
  return { ...(rejected > 0 && { rejected }), ...(all.length > 0 && { problems: all }) }
}

/**
 * Who records the same decision and model again without an id says more about the same outcome, so these have one id.
 * An outcome without an instance is its sender's, or gets an empty name, which ingest rejects: else it would count as the
 * server's.
 */
function nameOutcome(outcome: unknown, newId: () => string, sender: string): unknown {
  if (!isObject(outcome) || Array.isArray(outcome)) return outcome
  const { fields: resolved, problem } = resolveReference({ ...outcome })
  const { outcome_id, instance_id, ...fields }: Record<string, unknown> = {
    // A dead letter shows the reference that could not be read.
    ...(problem === undefined ? resolved : outcome),
  }
  const named = { ...fields, instance_id: instance_id ?? sender }
  const decided = decidedSchema.safeParse(named)
  const id = decided.success ? decisionOutcomeId(decided.data) : newId()
  const isNamed =
    (outcome_id ?? undefined) !== undefined && problemWith('outcome_id', outcome_id) === undefined
  return { ...named, outcome_id: isNamed ? outcome_id : id }
}

const name = z.string().nullish()

/** An outcome that its decision and model name. A correction has an id of its own. */
const decidedSchema = z
  .object({
    ...{ decision_id: z.string(), instance_id: z.string(), corrects: z.null().optional() },
    ...{ model_name: name, selected_model: name, provider: name, selected_provider: name },
    thinking_level: name,
  })
  .transform(({ decision_id, instance_id, ...given }) => ({
    ...{ decision_id, instance_id },
    model_name: given.model_name ?? given.selected_model ?? '',
    provider: given.provider ?? given.selected_provider ?? undefined,
    thinking_level: given.thinking_level ?? undefined,
  }))

function idOf(outcome: unknown): string | null {
  if (!isObject(outcome) || !('outcome_id' in outcome)) return null
  return typeof outcome.outcome_id === 'string' ? outcome.outcome_id : null
}

/** @throws HttpError 403 where the batch, or an outcome in it, is another instance's. */
function checkInstances(
  { instance_id: sender, outcomes }: QueuedBatch,
  instances: readonly string[],
  { isSealedHere = false } = {},
): void {
  // In a sealed batch, ingest takes the instance from the reference where the outcome names none beside it.
  const named = outcomes.map((outcome) =>
    isObject(outcome) ? resolveReference({ ...outcome }).fields['instance_id'] : undefined,
  )
  const all: readonly unknown[] = isSealedHere ? named : [sender, ...named]
  // Who names none speaks for nobody: ingest rejects it.
  const other = all.find((id) => (id ?? '') !== '' && !instances.some((own) => own === id))
  if (other === undefined) return
  const id = typeof other === 'string' ? other : JSON.stringify(other)
  throw new HttpError(403, {
    code: 'other-instance',
    message: `This token speaks for ${nameSome(instances)}, not for ${id}. Send these outcomes with a token of that instance, or have one made: npx winrate token create --scope publish --instance ID.`,
  })
}

const MOST_NAMED = 3

function nameSome(instances: readonly string[]): string {
  const more = instances.length - MOST_NAMED
  return `${instances.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function checkCount(outcomes: unknown): void {
  if (!Array.isArray(outcomes) || outcomes.length <= limits.outcomesPerBatch) return
  throw new HttpError(413, {
    code: 'too-many-outcomes',
    message: `A body holds at most ${limits.outcomesPerBatch} outcomes. Send it in smaller parts.`,
  })
}

/** The same value, with what JSON or Postgres cannot hold replaced by a text that ingest judges. */
function storable(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return storableText(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (!isObject(value)) return value
  if (depth === MOST_NESTED) return Array.isArray(value) ? ['…'] : { '…': '…' }
  if (Array.isArray(value)) return value.map((item) => storable(item, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [storableText(name), storable(field, depth + 1)]),
  )
}

// Depth is bounded: it passed the contract.
function findUnstorable(value: unknown): PropertyKey[] | undefined {
  if (typeof value === 'string') return isStorableText(value) ? undefined : []
  if (!isObject(value)) return undefined
  for (const [key, field] of Object.entries(value)) {
    if (!isStorableText(key)) return []
    const path = findUnstorable(field)
    if (path !== undefined) return [key, ...path]
  }
  return undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
