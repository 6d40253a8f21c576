// Turns the body of POST /v1/outcomes into the one message for the queue. Guarantee: what comes out
// keeps the contract and can be stored as jsonb; of a body with a mistake nothing comes out.
import {
  limits,
  type OutcomeMessage,
  outcomeSchema,
  SEALED_BATCH_FORMAT,
  type SealedBatch,
  sealedBatchSchema,
} from '@winrate/shared-schema/contracts'
import type { z } from 'zod'
import { isStorableText, UNSTORABLE } from '../../runtime/storable-text.ts'
import { HttpError, invalidRequest } from '../server/http-error.ts'

/** What the server seals outcomes with that come without a batch of their own. */
export interface Seal {
  /** Names this replica. */
  readonly instanceId: string
  /** Names this life of the replica. */
  readonly sessionId: string
  readonly sdk: string
  readonly nowMs: () => number
  readonly newId: () => string
}

export interface Publication {
  readonly message: SealedBatch
  /** Of outcomes that the server sealed, in their order. */
  readonly outcomeIds?: string[]
}

/**
 * Reads a sealed batch, a list of outcomes or one outcome.
 *
 * @throws HttpError 400 that names the first wrong path, 413 for too many outcomes.
 */
export function readPublication(body: unknown, seal: Seal): Publication {
  const publication = isSealedBatch(body)
    ? { message: readSealedBatch(body) }
    : sealOutcomes(readOutcomes(body), seal)
  const path = findUnstorable(publication.message)
  if (path !== undefined) {
    throw invalidRequest('body', path, UNSTORABLE)
  }
  return publication
}

function isSealedBatch(body: unknown): body is object {
  return typeof body === 'object' && body !== null && ('outcomes' in body || 'batch_id' in body)
}

function readSealedBatch(body: object): SealedBatch {
  if ('outcomes' in body) checkCount(body.outcomes)
  return check(sealedBatchSchema, body, [])
}

function readOutcomes(body: unknown): OutcomeMessage[] {
  if (!Array.isArray(body)) return [check(outcomeSchema, body, [])]
  checkCount(body)
  if (body.length === 0) throw invalidRequest('body', [], 'has no outcome; send at least one')
  return body.map((outcome, at) => check(outcomeSchema, outcome, [at]))
}

function sealOutcomes(outcomes: OutcomeMessage[], seal: Seal): Publication {
  const named = outcomes.map((outcome) => ({
    ...outcome,
    outcome_id: outcome.outcome_id ?? seal.newId(),
  }))
  const message = {
    format: SEALED_BATCH_FORMAT,
    batch_id: seal.newId(),
    instance_id: seal.instanceId,
    session_id: seal.sessionId,
    sdk: seal.sdk,
    sealed_at: new Date(seal.nowMs()).toISOString(),
    dropped: {},
    outcomes: named,
  } as const
  return { message, outcomeIds: named.map((outcome) => outcome.outcome_id) }
}

function checkCount(outcomes: unknown): void {
  if (!Array.isArray(outcomes) || outcomes.length <= limits.outcomesPerBatch) return
  throw new HttpError(413, {
    code: 'too-many-outcomes',
    message: `A body holds at most ${limits.outcomesPerBatch} outcomes. Send it in smaller parts.`,
  })
}

function check<T>(schema: z.ZodType<T>, value: unknown, at: readonly PropertyKey[]): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw invalidRequest('body', [...at, ...(issue?.path ?? [])], issue?.message ?? 'is invalid')
}

// Depth is bounded: what passed the contract has no unknown fields left.
function findUnstorable(value: unknown): PropertyKey[] | undefined {
  if (typeof value === 'string') return isStorableText(value) ? undefined : []
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, field] of Object.entries(value)) {
    if (!isStorableText(key)) return []
    const path = findUnstorable(field)
    if (path !== undefined) return [key, ...path]
  }
  return undefined
}
