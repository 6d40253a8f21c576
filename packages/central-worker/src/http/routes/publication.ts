// Turns the body of POST /v1/outcomes into the one message for the queue. Guarantees: the envelope keeps
// the contract, and jsonb can hold all of it. Ingest judges the outcomes one by one: a bad one does not affect
// the others.
import {
  decisionOutcomeId,
  limits,
  outcomeSchema,
  SEALED_BATCH_FORMAT,
  sealedBatchSchema,
} from '@winrate/shared-schema/contracts'
import { toZod } from '@winrate/shared-schema/zod'
import { z } from 'zod'
import { isStorableText, storableText, UNSTORABLE } from '../../runtime/storable-text.ts'
import { HttpError, invalidRequest } from '../server/http-error.ts'

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

const queuedBatchSchema = toZod(sealedBatchSchema).extend({
  outcomes: z.array(z.unknown()).max(limits.outcomesPerBatch),
})

/** A sealed batch whose outcomes ingest has yet to judge. */
export type QueuedBatch = z.infer<typeof queuedBatchSchema>

export interface Publication {
  readonly message: QueuedBatch
  /** Of outcomes that the server sealed, in their order; null for what cannot have one. */
  readonly outcomeIds?: (string | null)[]
  /** Outcomes that the server sealed and ingest will reject: the first ones. */
  readonly problems?: ReturnType<typeof findProblems>
}

const MOST_PROBLEMS = 20
/** An outcome has fields, and no field of it holds more than a value. */
const MOST_NESTED = 3

/**
 * Reads a sealed batch, a list of outcomes or one outcome.
 *
 * @throws HttpError 400 that names what is wrong with the envelope, 413 for too many outcomes.
 */
export function readPublication(body: unknown, seal: Seal): Publication {
  if (!isObject(body)) throw invalidRequest('body', [], 'must be a batch, an outcome or a list')
  if ('outcomes' in body || 'batch_id' in body) return { message: readSealedBatch(body) }
  const outcomes: readonly unknown[] = Array.isArray(body) ? body : [body]
  checkCount(outcomes)
  if (outcomes.length === 0) throw invalidRequest('body', [], 'has no outcome; send at least one')
  return sealOutcomes(outcomes, seal)
}

function readSealedBatch(body: object): QueuedBatch {
  if ('outcomes' in body) checkCount(body.outcomes)
  const { success, data, error } = queuedBatchSchema.safeParse(body)
  if (!success) {
    const [issue] = error.issues
    throw invalidRequest('body', issue?.path ?? [], issue?.message ?? 'is invalid')
  }
  const { outcomes, ...envelope } = data
  const path = findUnstorable(envelope)
  if (path !== undefined) throw invalidRequest('body', path, UNSTORABLE)
  return { ...envelope, outcomes: outcomes.map((outcome) => storable(outcome)) }
}

function sealOutcomes(given: readonly unknown[], seal: Seal): Publication {
  const outcomes = given.map((outcome) => nameOutcome(storable(outcome), seal.newId))
  const problems = findProblems(outcomes)
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
    ...(problems.length > 0 && { problems }),
  }
}

/**
 * Who records the same decision and model again without an id says more about the same outcome, so these have one id.
 * An outcome without an instance gets an empty name, which ingest rejects: else it would count as the server's.
 */
function nameOutcome(outcome: unknown, newId: () => string): unknown {
  if (!isObject(outcome) || Array.isArray(outcome)) return outcome
  const { outcome_id, instance_id, ...fields } = {
    ...{ outcome_id: undefined, instance_id: undefined },
    ...outcome,
  }
  const named = { ...fields, instance_id: instance_id ?? '' }
  const decided = decidedSchema.safeParse(named)
  const id = decided.success ? decisionOutcomeId(decided.data) : newId()
  return { ...named, outcome_id: outcome_id ?? id }
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

/** Each with its place in the body. */
function findProblems(outcomes: readonly unknown[]) {
  const problems: { index: number; problem: string }[] = []
  for (const [index, outcome] of outcomes.entries()) {
    const issue = outcomeSchema.safeParse(outcome).error?.issues[0]
    if (issue !== undefined) {
      problems.push({ index, problem: [...issue.path, issue.message].map(String).join(': ') })
    }
    if (problems.length === MOST_PROBLEMS) break
  }
  return problems
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

// Depth is bounded: what passed the contract has no unknown fields left.
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
