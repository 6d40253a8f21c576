// Calls models in the order of a decision, until one answers and its answer passes. Guarantees: each attempt is recorded
// once, when it is over; neither recording nor judging delays an answer beyond its verdict, or breaks it; what is
// thrown is what the last attempt threw, unchanged; and no timer or listener is left behind.
import { failureKind, type TaskType } from '@winrate/shared-schema/contracts'
import { callFactors } from '@winrate/shared-schema/scoring'
import type { Availability } from '../availability/availability.ts'
import { warnUnavailable } from '../availability/cooling.ts'
import type { Decision } from '../routing/memory/decision.ts'
import type { DecisionMemory } from '../routing/memory/decision-memory.ts'
import {
  createPlanChoice,
  type PlanChoice,
  type PlanLimits,
  type Planner,
  type PlanState,
} from '../routing/plans/plan-choice.ts'
import type { RouteOptions } from '../routing/request/route-options.ts'
import { type Candidate, isSameCandidate } from '../routing/table/candidate.ts'
import type { RoutingTable } from '../routing/table/routing-table.ts'
import { BoundedMap } from '../runtime/bounded-map.ts'
import { RouterError } from '../runtime/router-error.ts'
import type { AnyCallOptions, CallResult } from './call-options.ts'
import { readCallOptions } from './read-call-options.ts'
import type { Thrown } from './read-error.ts'
import { type Answered, abortAfter, type Callback, type Failed, runAttempt } from './run-attempt.ts'
import type { CallerInput, NextAttempt, Run } from './trial.ts'
import { Turn } from './turn.ts'

const TASK_TYPES_KEPT = 1_000

export interface RoutingInput extends CallerInput {
  readonly route: (
    messages: unknown,
    taskType: unknown,
    options: RouteOptions,
    limits: PlanLimits | undefined,
  ) => Decision
  /** The next attempt of a plan. */
  readonly goOn: (decisionId: string, state: PlanState) => PlanChoice | undefined
  readonly table: { readonly current: RoutingTable }
  /** What routing plans with. */
  readonly planner: { current: Planner | undefined }
  readonly availability: Pick<Availability, 'watch' | 'judgeUnderWay' | 'coolingOf'>
  readonly memory: Pick<DecisionMemory, 'find' | 'hold' | 'release' | 'withdraw'>
}

export function createCall(input: RoutingInput) {
  input.planner.current = createPlanChoice(input.table)
  const turns = new WeakMap<object, Turn>()
  /** Whether the last checked answer of a task type had no verdict when it was returned: then no failure leads to another attempt. */
  const unjudged = new BoundedMap<string, boolean>(TASK_TYPES_KEPT)

  function turnOf(key: object): Turn {
    const turn = turns.get(key) ?? new Turn()
    turns.set(key, turn)
    return turn
  }

  return async function call<Answer>(
    taskType: TaskType,
    messages: unknown,
    callback: Callback<Answer>,
    options?: AnyCallOptions<Answer>,
  ): Promise<CallResult<Answer>> {
    const { own, routing } = readCallOptions(callback, options)
    own.signal?.throwIfAborted()
    const turn = own.turn && turnOf(own.turn)
    const isChecked = own.verify !== undefined && own.streamOf === undefined
    const isPlanned = isChecked && unjudged.get(taskType) !== true
    const { maxAttempts: attemptsLeft, maxCostUsd: budgetUsd = Number.POSITIVE_INFINITY } = own
    const limits = isPlanned ? { attemptsLeft, budgetUsd } : undefined
    input.availability.judgeUnderWay()
    const decision = turn?.decision ?? input.route(messages, taskType, routing, limits)
    if (routing.observe && decision.observed === undefined && turn?.decision === undefined) {
      throw new RouterError('invalid-options', decision.problems ?? ['observe names no model'])
    }
    if (decision.model === '') {
      throw new RouterError('no-candidate', decision.problems ?? ['no candidate is allowed'])
    }
    if (turn !== undefined) turn.decision = decision
    const run = begin({ ...input, turn }, decision, own)
    let goesOn = false
    try {
      // Later answers of a turn change no model, whatever their verdict.
      const mayGoElsewhere = turn?.answered === undefined
      const { answer, isStream, candidate } = await tryInTurn(run, callback, input)
      if (turn !== undefined) turn.answered = candidate
      goesOn = isStream
      const isUnjudged = answer.verdict === null
      if (isChecked && mayGoElsewhere && isUnjudged !== (unjudged.get(taskType) ?? false)) {
        unjudged.set(taskType, isUnjudged)
      }
      return { ...answer, decision, attempts: run.attempts }
    } finally {
      if (run.attempts.length === 0 && !goesOn) input.memory.withdraw(decision.decisionId)
      // A stream ends later.
      if (!goesOn) run.end()
    }
  }
}

function begin<Answer>(
  input: RoutingInput & Pick<Run<Answer>, 'turn'>,
  decision: Decision,
  own: Run<Answer>['own'],
): Run<Answer> {
  const { signal, timeoutMs } = own
  input.memory.hold(decision.decisionId)
  const whole = new AbortController()
  const giveUp = () => whole.abort(signal?.reason)
  signal?.addEventListener('abort', giveUp)
  const problem = 'the call took longer than timeoutMs'
  const timer = abortAfter(input.clock, whole, { delayMs: timeoutMs, problem })
  const end = () => {
    timer?.cancel()
    signal?.removeEventListener('abort', giveUp)
    input.memory.release(decision.decisionId)
  }
  // Calls of one session may fail alike.
  const whose = input.memory.find(decision.decisionId)?.session ?? decision.decisionId
  const watch = (candidate: Candidate) => input.availability.watch(candidate, whose)
  const advise = (candidate: Candidate, thrown: Thrown) => warnOfRefusal(input, candidate, thrown)
  return { ...input, decision, own, attempts: [], watch, advise, signal: whole.signal, end }
}

/** Of what cools down a person has been told. */
function warnOfRefusal(
  { availability, warn }: RoutingInput,
  candidate: Candidate,
  { failure, next, advice }: Thrown,
): void {
  if (advice === undefined || availability.coolingOf(candidate) !== undefined) return
  const { provider, model } = candidate
  const problem = `${provider} refused a call of ${model} (${failure}): ${advice}`
  // A key is that of the whole provider.
  const isRefused = next === 'other-provider'
  const modelName = isRefused ? undefined : candidate.modelName
  warnUnavailable(warn, { cause: isRefused ? 'refused' : 'missing', provider, modelName, problem })
}

async function tryInTurn<Answer>(
  run: Run<Answer>,
  callback: Callback<Answer>,
  input: Pick<RoutingInput, 'table' | 'goOn' | 'memory'>,
): Promise<Answered<Answer>> {
  const { decision, own, attempts, signal, turn } = run
  const all = [pick(decision), ...decision.fallbacks]
  const left = turn?.choose(all) ?? all
  const failed = turn?.failedBesides(left) ?? []
  let budgetUsd = own.maxCostUsd ?? Number.POSITIVE_INFINITY
  const isBounded = own.maxCostUsd !== undefined && decision.observed === undefined
  const costOf = isBounded ? expectCosts(all, decision, input) : () => 0
  /** The best answer that failed. */
  let rejected: Answered<Answer> | undefined
  let last: Failed | undefined
  while (left.length > 0 && attempts.length < own.maxAttempts && !signal.aborted) {
    const attemptsLeft = own.maxAttempts - attempts.length
    const next = nextOf(left, { failed, attemptsLeft, budgetUsd })
    if (next === undefined) break
    const { candidate } = next
    const costUsd = costOf(candidate)
    if (costUsd > budgetUsd) continue
    const tried = await runAttempt(run, next, callback)
    if (own.signal?.aborted === true) throw own.signal.reason
    if ('answer' in tried) {
      if (tried.answer.verdict !== false) return tried
      budgetUsd -= costUsd
      failed.push(candidate)
      turn?.failed.push(candidate)
      const before = rejected?.answer.qualityScore ?? Number.NEGATIVE_INFINITY
      // A score that is no number is not a worse one.
      const isWorse = (tried.answer.qualityScore ?? before) < before
      if (!isWorse) rejected = tried
    } else {
      if (tried.thrown.next === 'nobody') throw tried.error
      last = tried
      // The model answered, though of no use.
      if (failureKind(String(tried.thrown.failure)) === 'quality') {
        budgetUsd -= costUsd
        failed.push(candidate)
        turn?.failed.push(candidate)
      }
      leaveOut(left, candidate, tried.thrown)
    }
  }
  if (rejected !== undefined) return rejected
  if (last !== undefined) throw last.error
  throw new RouterError('no-candidate', [
    `every candidate is expected to cost more than maxCostUsd (${own.maxCostUsd})`,
  ])

  /** Takes who is called next off the list: by the plan where answers are checked, else in its order. */
  function nextOf(open: Candidate[], state: Omit<PlanState, 'open'>): NextAttempt | undefined {
    const hasFailed = own.verify !== undefined && state.failed.length > 0
    const isPlanned = attempts.length > 0 && (decision.plan !== undefined || hasFailed)
    const planned = isPlanned ? input.goOn(decision.decisionId, { ...state, open }) : undefined
    if (isPlanned && planned === undefined && state.failed.length > 0) return undefined
    const at = planned === undefined ? 0 : placeOf(open, planned.candidate)
    const [candidate] = open.splice(Math.max(0, at), 1)
    if (candidate === undefined) return undefined
    // A failed call selects nothing, so who stands in for it was not drawn for the comparison of models.
    const propensity = state.failed.length > 0 ? planned?.propensity : undefined
    const before = turn?.failedBefore(candidate) ?? [...state.failed]
    return { candidate, failed: before, propensity }
  }
}

/** As plans do: an unknown cost is what is usual of the others, and list prices count where the choice counts them. */
function expectCosts(
  candidates: readonly Candidate[],
  { decisionId, taskType }: Decision,
  { table, memory }: Pick<RoutingInput, 'table' | 'memory'>,
): (candidate: Candidate) => number {
  // Of a turn that was forgotten, what it asked for is.
  const request = memory.find(decisionId)?.request ?? { taskType, options: {} }
  const numbersOf = (candidate: Candidate) => table.current.callNumbers(request, candidate)
  const factorsOf = callFactors(candidates.map(numbersOf))
  return (candidate) => factorsOf(numbersOf(candidate)).costUsd
}

function placeOf(candidates: readonly Candidate[], candidate: Candidate): number {
  return candidates.findIndex((each) => isSameCandidate(each, candidate))
}

/** Removes the candidates that would fail alike. */
function leaveOut(left: Candidate[], failed: Candidate, { next }: Thrown): void {
  if (next === 'anyone') return
  const others = left.filter(
    ({ provider, modelName }) =>
      provider !== failed.provider || (next === 'other-model' && modelName !== failed.modelName),
  )
  left.splice(0, left.length, ...others)
}

function pick({ provider, api, model, modelName, thinkingLevel }: Candidate): Candidate {
  const level = thinkingLevel === undefined ? {} : { thinkingLevel }
  return { provider, api, model, modelName, ...level }
}
