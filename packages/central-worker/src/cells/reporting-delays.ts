// How long after their decisions outcomes arrive. Where successes and failures come at clearly different ages, the known
// outcomes of young decisions are of one verdict, so a model that gains share would look bad, or good. There, outcomes
// count from the age on at which both verdicts have arrived, for all models alike.
import type { Queryable } from '../postgres/queryable.ts'
import { firstSpanAfter } from '../window/window-spans.ts'

/** Within how many hours 95 of 100 outcomes of a verdict arrive. */
export interface ReportingDelay {
  readonly taskType: string
  readonly success: boolean
  /** The outcomes that were looked at. */
  readonly outcomes: number
  readonly hours: number
}

/** The verdicts of a task type of which it is not known yet when they arrive. */
export interface Untimed {
  readonly successes: boolean
  readonly failures: boolean
}

/** Fewer outcomes of a verdict say nothing of when it arrives. */
const LEAST_OUTCOMES = 50
/** Delays that differ by less than that, in hours, or by less than that factor are alike. */
const CLEAR_HOURS = 0.5
const CLEAR_FACTOR = 1.5

/** Measures delays, where no replica has done so for an hour; returns whether it did. */
export async function measureDelays(queryable: Queryable): Promise<boolean> {
  const { rows } = await queryable.query<{ measured: boolean }>(
    'select winrate.measure_delays() as measured',
  )
  return rows[0]?.measured === true
}

export async function readDelays(queryable: Queryable): Promise<readonly ReportingDelay[]> {
  const { rows } = await queryable.query<ReportingDelay>(
    'select task_type as "taskType", success, outcomes, hours from winrate.reporting_delays order by task_type',
  )
  return rows
}

/** The task types of which one verdict arrives clearly later than the other, with the first span that has both. */
export function findComparedFrom(
  delays: readonly ReportingDelay[],
  windowHours: number,
): ReadonlyMap<string, number> {
  const known = delays.filter(({ outcomes }) => outcomes >= LEAST_OUTCOMES)
  const failures = new Map(
    known.filter(({ success }) => !success).map(({ taskType, hours }) => [taskType, hours]),
  )
  const spans = new Map<string, number>()
  for (const { taskType, success, hours } of known) {
    const ofFailures = failures.get(taskType)
    if (!success || ofFailures === undefined) continue
    const slower = Math.max(hours, ofFailures)
    const faster = Math.min(hours, ofFailures)
    if (slower - faster < CLEAR_HOURS || slower < CLEAR_FACTOR * faster) continue
    spans.set(taskType, firstSpanAfter(slower, windowHours))
  }
  return spans
}

/**
 * Where one verdict may still be on its way, the other is all that is known of young decisions, and they look like a break. Task
 * types of which no delay was measured, as nobody tells when it decided, are not among them: outcomes count at their own time there.
 */
export function findUntimed(delays: readonly ReportingDelay[]): ReadonlyMap<string, Untimed> {
  const known = new Set(
    delays
      .filter(({ outcomes }) => outcomes >= LEAST_OUTCOMES)
      .map(({ taskType, success }) => `${success} ${taskType}`),
  )
  const untimed = new Map<string, Untimed>()
  for (const { taskType } of delays) {
    const [successes, failures] = [!known.has(`true ${taskType}`), !known.has(`false ${taskType}`)]
    if (successes || failures) untimed.set(taskType, { successes, failures })
  }
  return untimed
}
