// Which requests are learned apart, as the worker decides it hourly. Sums what its function `sum_contexts` does: the drawn
// outcomes of the window, in two halves.
import { type ContextSum, decideSplits, type TaskSplit } from '@winrate/central-worker/testing'
import {
  isStratum,
  type OutcomeMessage,
  parentTask,
  UNKNOWN_PROVIDER,
} from '@winrate/shared-schema/contracts'
import { HOUR_MS, WINDOW_HOURS } from '../fleet/rhythm.ts'

const LEAST_OUTCOMES = 20

type Sum = { -readonly [Name in keyof ContextSum]: ContextSum[Name] }
type Sums = Map<string, Sum>

export interface Contexts {
  add(outcome: OutcomeMessage, decidedMs: number): void
  /** Those in use, as of the beginning of the hour. */
  splits(nowMs: number): readonly TaskSplit[]
}

export function createContexts(): Contexts {
  const hours = new Map<number, Sums>()
  let decidedAt: number | undefined
  let known: readonly TaskSplit[] = []
  return {
    add(outcome, decidedMs) {
      const { task_type, propensity = 1, failure, context, success } = outcome
      if (propensity >= 1 || failure !== undefined || isStratum(task_type)) return
      const entries = context?.split(' ') ?? []
      const isSplit = entries.some((entry) => task_type.endsWith(`/${entry}`))
      const taskType = isSplit ? (parentTask(task_type) ?? task_type) : task_type
      const hour = Math.floor(decidedMs / HOUR_MS)
      const sums: Sums = hours.get(hour) ?? new Map()
      hours.set(hour, sums)
      const half = hour % 2 === 0 ? 0 : 1
      const { provider = UNKNOWN_PROVIDER, model_name, thinking_level = '' } = outcome
      const model = JSON.stringify([provider, model_name, thinking_level])
      for (const entry of ['', ...entries]) {
        const counts = { samples: 1, successes: success ? 1 : 0 }
        addTo(sums, { taskType, entry, model, half, ...counts })
      }
    },
    splits(nowMs) {
      const hour = Math.floor(nowMs / HOUR_MS)
      if (hour !== decidedAt) {
        decidedAt = hour
        for (const one of hours.keys()) if (one <= hour - WINDOW_HOURS) hours.delete(one)
        known = decideSplits(sumsOf([...hours.values()]), known, new Date(hour * HOUR_MS))
      }
      return known.filter(({ since }) => since !== null)
    },
  }
}

/** Entries with few outcomes are left out. */
function sumsOf(hours: readonly Sums[]): readonly ContextSum[] {
  const sums: Sums = new Map()
  for (const hour of hours) for (const sum of hour.values()) addTo(sums, sum)
  const outcomes = new Map<string, number>()
  const pathOf = ({ taskType, entry }: ContextSum) => `${taskType}/${entry}`
  for (const sum of sums.values()) {
    outcomes.set(pathOf(sum), (outcomes.get(pathOf(sum)) ?? 0) + sum.samples)
  }
  return [...sums.values()].filter(
    (sum) => sum.entry === '' || (outcomes.get(pathOf(sum)) ?? 0) >= LEAST_OUTCOMES,
  )
}

function addTo(sums: Sums, added: ContextSum): void {
  const key = `${added.taskType} ${added.entry} ${added.half} ${added.model}`
  const sum = sums.get(key)
  if (sum === undefined) {
    sums.set(key, { ...added })
    return
  }
  sum.samples += added.samples
  sum.successes += added.successes
}
