// Tells the active span what was decided and how answers were judged. Guarantees: decisions, calls and outcomes are those of the
// router; nothing that a span does breaks or delays them; without a recording span nothing is added.
import type { AnyCallOptions, Attempt, Verdict } from '../calls/call-options.ts'
import { readVerdict } from '../calls/judge.ts'
import type { Outcome } from '../outcomes/record/outcome.ts'
import type { Router } from '../router.ts'
import { isThenable } from '../runtime/unknown-value.ts'
import * as names from './attributes.ts'

type Attributes = Record<string, string | number>

/** A span of `@opentelemetry/api`, by the part of it that is used here. */
export interface ActiveSpan {
  isRecording(): boolean
  setAttributes(attributes: Attributes): unknown
  addEvent(name: string, attributes: Attributes): unknown
}

/** `trace` of `@opentelemetry/api`. */
export interface TraceApi {
  getActiveSpan(): ActiveSpan | undefined
}

type Traced = Pick<Router, 'call' | 'recordPreference'>
type Verify = (answer: never, attempt: Attempt) => Verdict | Promise<Verdict>

/**
 * The same router, which also tells the active span of each call its decision, as attributes `winrate.*` of the last attempt,
 * and of each verdict an event `gen_ai.evaluation.result`.
 *
 * @param trace `trace` of `@opentelemetry/api`.
 */
export function traceRouter<Of extends Traced>(router: Of, trace: TraceApi): Of {
  function call(...given: Parameters<Router['call']>) {
    const span = recordingSpan(trace)
    if (span === undefined) return router.call(...given)
    const [taskType, messages, callback, options] = given
    const traced = (attempt: Attempt) => {
      tell(() => span.setAttributes(describe(attempt)))
      return callback(attempt)
    }
    const own = options as AnyCallOptions<unknown> | undefined
    const verify = own?.verify && tracedVerify(own.verify, span)
    return router.call(taskType, messages, traced, {
      ...options,
      ...(verify && { verify }),
    } as never)
  }

  return {
    ...router,
    call: call as Router['call'],
    recordPreference(outcome: Outcome) {
      const span = recordingSpan(trace)
      if (span !== undefined) tell(() => tellVerdict(span, outcome))
      return router.recordPreference(outcome)
    },
  }
}

function recordingSpan(trace: TraceApi): ActiveSpan | undefined {
  const span = tell(() => trace.getActiveSpan())
  return tell(() => span?.isRecording()) === true ? span : undefined
}

/** What a tracer throws must not reach a call. */
function tell<Told>(how: () => Told): Told | undefined {
  try {
    return how()
  } catch {
    return undefined
  }
}

function describe({ decision, provider, model, attempt }: Attempt): Attributes {
  const { decisionId, taskType, reason, propensity, snapshotVersion, fallbacks } = decision
  const would = decision.observed?.wouldChoose
  return {
    [names.DECISION_ID]: decisionId,
    [names.TASK_TYPE]: taskType,
    [names.REASON]: reason,
    [names.PROPENSITY]: propensity,
    [names.CANDIDATES]: 1 + fallbacks.length,
    [names.PROVIDER]: provider,
    [names.MODEL]: model,
    [names.ATTEMPT]: attempt,
    ...(would !== undefined && {
      [names.WOULD_CHOOSE_PROVIDER]: would.provider,
      [names.WOULD_CHOOSE_MODEL]: would.model,
    }),
    ...(snapshotVersion !== undefined && { [names.SNAPSHOT_VERSION]: snapshotVersion }),
  }
}

/** Says what it says, as late as it says it. */
function tracedVerify(verify: Verify, span: ActiveSpan): Verify {
  return (answer, attempt) => {
    const { decisionId } = attempt.decision
    const told = (verdict: Verdict) => {
      tell(() => tellVerdict(span, { ...readVerdict(verdict), decisionId }))
      return verdict
    }
    const said = verify(answer, attempt)
    return isThenable(said) ? Promise.resolve(said).then(told) : told(said as Verdict)
  }
}

function tellVerdict(span: ActiveSpan, judged: object): void {
  const { success, qualityScore, decisionId, reference } = judged as Partial<
    Record<string, unknown>
  >
  // A reference begins with the id of its decision.
  const id = decisionId ?? String(reference ?? '').split('~')[0]
  const of = typeof id === 'string' && id !== '' ? { [names.DECISION_ID]: id } : {}
  if (typeof success === 'boolean') {
    span.addEvent(names.EVALUATION, {
      ...of,
      [names.EVALUATION_NAME]: 'winrate.success',
      [names.SCORE_VALUE]: success ? 1 : 0,
      [names.SCORE_LABEL]: success ? 'pass' : 'fail',
    })
  }
  if (typeof qualityScore === 'number') {
    span.addEvent(names.EVALUATION, {
      ...of,
      [names.EVALUATION_NAME]: 'winrate.quality',
      [names.SCORE_VALUE]: qualityScore,
    })
  }
}
