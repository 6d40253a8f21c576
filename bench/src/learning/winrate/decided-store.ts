// Replaces only the worker's storage of what clients say they decided.
import {
  type DecidedBlock,
  findMissing,
  type ReportingDelay,
} from '@winrate/central-worker/testing'
import { cellKey, type OutcomeMessage, type SealedBatch } from '@winrate/shared-schema/contracts'
import { HOUR_MS, WINDOW_HOURS } from '../fleet/rhythm.ts'

const PERIOD_HOURS = 6
const JUDGED_EVERY_MS = 600_000
/** An hour's outcomes are in by then, as `judgeMissing` has it. */
const SOON_HOURS = 0.75

interface Told extends Omit<DecidedBlock, 'reported' | 'isNew'> {
  readonly hour: number
  decided: number
  answered: number
}

/** What learning counts for the outcomes that are missing, by key of the cell. */
export type MissingFailures = ReadonlyMap<
  string,
  { readonly failuresPerOutcome: number; readonly leastFailures: number }
>

export function createDecidedStore() {
  const told = new Map<string, Told>()
  const reported = new Map<string, number>()
  const firstMs = new Map<string, number>()
  let judgedMs = Number.NEGATIVE_INFINITY
  let missing: MissingFailures = new Map()

  function note(batch: SealedBatch, atMs: number): void {
    if (!firstMs.has(batch.instance_id)) firstMs.set(batch.instance_id, atMs)
    for (const entry of batch.decided ?? []) {
      const { task_type, model_name, provider, thinking_level = '' } = entry
      const hour = Date.parse(entry.hour) / HOUR_MS
      const cell = {
        taskType: task_type,
        modelName: model_name,
        provider,
        thinkingLevel: thinking_level,
      }
      const key = `${hour} ${batch.instance_id} ${batch.session_id} ${cellKey(cell)}`
      const known = told.get(key)
      const period = Math.floor(hour / PERIOD_HOURS)
      const begun = {
        ...cell,
        instanceId: batch.instance_id,
        hour,
        period,
        decided: 0,
        answered: 0,
      }
      const counts = known ?? begun
      counts.decided = Math.max(counts.decided, entry.decided)
      counts.answered = Math.max(counts.answered, entry.answered)
      if (known === undefined) told.set(key, counts)
    }
  }

  return {
    note,
    /** Counts a stored outcome; those that have left the window, too. */
    count({ instance_id, task_type }: OutcomeMessage): void {
      const key = `${task_type} ${instance_id}`
      reported.set(key, (reported.get(key) ?? 0) + 1)
    },
    /** As of the last judgement, one every ten minutes; times never go back. */
    missing(nowMs: number, delays: readonly ReportingDelay[]): MissingFailures {
      if (nowMs - judgedMs < JUDGED_EVERY_MS) return missing
      judgedMs = nowMs
      const now = nowMs / HOUR_MS
      for (const [key, { hour }] of told) if (hour <= now - WINDOW_HOURS) told.delete(key)
      const late = new Map<string, number>()
      for (const { taskType, hours } of delays) {
        if (hours >= SOON_HOURS) late.set(taskType, Math.max(hours, late.get(taskType) ?? 0))
      }
      const due = [...told.values()].flatMap((block) => {
        const { taskType, instanceId, hour } = block
        const hours = late.get(taskType)
        if (hours !== undefined && hour >= now - 1 - hours) return []
        const outcomes = reported.get(`${taskType} ${instanceId}`)
        if (outcomes === undefined) return []
        const isNew = (firstMs.get(instanceId) ?? nowMs) > nowMs - 24 * HOUR_MS
        return [{ ...block, reported: outcomes, isNew }]
      })
      missing = new Map(
        findMissing(due, [], new Set(missing.keys())).map(
          ({ failuresPerOutcome, leastFailures, ...cell }) => [
            cellKey(cell),
            { failuresPerOutcome, leastFailures },
          ],
        ),
      )
      return missing
    },
  }
}
