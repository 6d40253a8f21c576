// Why a request is, or was, routed as it is: by the client's own code, over a stored snapshot. Records nothing.
import { type CandidateInNumbers, explainRequest } from '@winrate/router-client/testing'
import {
  isStratum,
  parentTask,
  readReference,
  type Referred as Said,
  type Snapshot,
} from '@winrate/shared-schema/contracts'
import type {
  ExplainedCandidate,
  ExplainRequest,
  ExplanationBody,
  Referred,
} from '@winrate/shared-schema/http'
import { MOST_EXPLAINED } from '@winrate/shared-schema/http'
import type { Queryable } from '../postgres/queryable.ts'
import { RefusedError } from '../runtime/refused-error.ts'
import { findSnapshot, readHead } from '../snapshots/snapshot-store.ts'
import { densitiesOf } from './densities.ts'
import { describePlan } from './describe-plan.ts'

/**
 * Explains a request. With a reference: the request that it tells of, by the snapshot that it names where that is still
 * stored.
 *
 * @throws RefusedError where a reference cannot be read.
 */
export async function explain(
  queryable: Queryable,
  { taskType, options = {}, reference, verified = false, densities = false }: ExplainRequest,
): Promise<ExplanationBody> {
  const said = reference === undefined ? undefined : readReference(reference)
  if (reference !== undefined && said === undefined) {
    throw new RefusedError(
      'unreadable-reference',
      'the reference cannot be read: send decision.reference whole, as route() returned it',
    )
  }
  const { snapshot, note: noteOnSnapshot } = await findSnapshotFor(queryable, said)
  const { asked, note: noteOnTask } = askedTask(said)
  const { decision, summary, candidates } = await explainRequest(
    snapshot,
    asked ?? taskType,
    options,
    { most: MOST_EXPLAINED, isVerified: verified },
  )
  const chosen = said ?? {
    model_name: decision.modelName,
    provider: decision.provider,
    thinking_level: decision.thinkingLevel,
  }
  const { reason, propensity, winRate, confidence, samples, source, score } = decision
  return {
    decision: {
      taskType: decision.taskType,
      ...modelOf(decision),
      problems: [...(decision.problems ?? [])],
      plan: decision.plan === undefined ? null : describePlan(decision.plan),
      ...{ reason, propensity, winRate, confidence, samples, source, score },
    },
    summary,
    candidates: candidates.map((one) => describeCandidate(one, isSame(one, chosen))),
    ...(densities && { densities: densitiesOf(candidates) }),
    reference: said === undefined ? null : describeReference(said),
    snapshotVersion: snapshot?.version ?? null,
    note: [noteOnSnapshot, noteOnTask].filter((one) => one !== null).join(' ') || null,
  }
}

/** Only a router knows which of its requests are unlike its others, so no other one can be asked for such a request. */
function askedTask(said: Said | undefined) {
  if (said === undefined || !isStratum(said.task_type))
    return { asked: said?.task_type, note: null }
  const asked = parentTask(said.task_type)
  const note = `The router learns this request apart, as ${said.task_type}; ${asked} explains it.`
  return { asked, note }
}

async function findSnapshotFor(
  queryable: Queryable,
  said: Said | undefined,
): Promise<{ snapshot: Snapshot | undefined; note: string | null }> {
  const head = await readHead(queryable)
  const version = said?.snapshot_version
  const named =
    version === undefined ? undefined : await findSnapshot(queryable, { ...head, version })
  if (named !== undefined) return { snapshot: named, note: null }
  const newest = await findSnapshot(queryable, head)
  if (said === undefined) return { snapshot: newest, note: null }
  const what =
    version === undefined
      ? 'The decision rests on no snapshot'
      : `Version ${version} is no longer stored in this epoch`
  return { snapshot: newest, note: `${what}, so the newest one explains it.` }
}

function modelOf({
  provider,
  modelName,
  model,
  thinkingLevel = null,
}: {
  readonly provider: string
  readonly modelName: string
  readonly model: string
  readonly thinkingLevel?: string | null | undefined
}) {
  return { provider, modelName, model, thinkingLevel: thinkingLevel ?? null }
}

function isSame(
  { modelName, provider, thinkingLevel }: CandidateInNumbers,
  chosen: Pick<Said, 'model_name' | 'provider' | 'thinking_level'>,
): boolean {
  return (
    modelName === chosen.model_name &&
    provider === chosen.provider &&
    thinkingLevel === chosen.thinking_level
  )
}

/** A candidate as people are told of it. */
export function describeCandidate(
  candidate: CandidateInNumbers,
  chosen: boolean,
): ExplainedCandidate {
  const { chance, score, winRate, samples, source, costUsd, responseTimeMs } = candidate
  const { chanceToBeBest = null, refused = null, expectation } = candidate
  const known = expectation && split(expectation)
  return {
    ...modelOf(candidate),
    ...{ chance, chanceToBeBest, score, winRate, samples, source, refused, chosen },
    posterior: known?.posterior ?? null,
    prior: known?.prior ?? null,
    parts: known?.parts ?? null,
    costUsd: costUsd ?? null,
    responseTimeMs: responseTimeMs ?? null,
  }
}

function split(expectation: NonNullable<CandidateInNumbers['expectation']>) {
  const { priorMean, priorMass, parts, distribution: _, ...posterior } = expectation
  return { posterior, prior: { mean: priorMean, mass: priorMass }, parts: { ...parts } }
}

function describeReference(said: Said): Referred {
  return {
    decisionId: said.decision_id,
    decidedAt: decidedAt(said.decision_id),
    instanceId: said.instance_id,
    snapshotVersion: said.snapshot_version ?? null,
    taskType: said.task_type,
    provider: said.provider,
    modelName: said.model_name,
    thinkingLevel: said.thinking_level ?? null,
    attempt: said.attempt,
    after: said.after?.split(',') ?? [],
    propensity: said.propensity ?? null,
    session: said.session ?? null,
    context: said.context?.split(' ') ?? [],
  }
}

/** A UUID v7 begins with its milliseconds since 1970. */
function decidedAt(decisionId: string): string | null {
  const ms = Number.parseInt(decisionId.replaceAll('-', '').slice(0, 12), 16)
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9_999 ? null : date.toISOString()
}
