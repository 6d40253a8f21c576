// When outcomes arrive, as the worker's function `measure_delays` tells it: hourly, from the outcomes of the last week.
import type { ReportingDelay } from '@winrate/central-worker/testing'
import type { OutcomeMessage } from '@winrate/shared-schema/contracts'
import { HOUR_MS, WINDOW_HOURS } from '../fleet/rhythm.ts'
import { decisionTimeMs } from './decision-time.ts'

/** Of one instance so many outcomes of a verdict are looked at, the newest ones, and so many of a model. */
const PER_INSTANCE = 50
const PER_MODEL = 5
/** The verdicts of a model are apart from so many outcomes and hours on. */
const LEAST_OF_MODEL = 20
const CLEAR_HOURS = 0.5
const SHARE = 0.95

interface Arrival {
  readonly hours: number
  readonly atMs: number
}

/** The newest arrivals, by instance. */
type ByInstance = Map<string, Arrival[]>

export interface Arrivals {
  add(outcome: OutcomeMessage, arrivedMs: number): void
  /** As of the beginning of the hour. */
  delays(nowMs: number): readonly ReportingDelay[]
}

export function createArrivals(): Arrivals {
  const ofAll = new Map<string, ByInstance>()
  const ofModels = new Map<string, Map<string, ByInstance>>()
  let hour: number | undefined
  let known: readonly ReportingDelay[] = []
  return {
    add(outcome, arrivedMs) {
      const { task_type, model_name, instance_id, success } = outcome
      const verdict = `${success ? '+' : '-'}${task_type}`
      const hours = (arrivedMs - decisionTimeMs(outcome, arrivedMs)) / HOUR_MS
      const arrival = { hours, atMs: arrivedMs }
      const models = at(ofModels, task_type, () => new Map<string, ByInstance>())
      keep(at(ofAll, verdict, newest), instance_id, arrival, PER_INSTANCE)
      keep(at(models, verdict + model_name, newest), instance_id, arrival, PER_MODEL)
    },
    delays(nowMs) {
      const now = Math.floor(nowMs / HOUR_MS)
      if (now === hour) return known
      hour = now
      known = [...ofAll].flatMap(([verdict, instances]) => {
        const all = sorted(instances, nowMs)
        const success = verdict.startsWith('+')
        const taskType = verdict.slice(1)
        const single = furthestApart(ofModels.get(taskType), taskType, nowMs)
        const hours = quantile((success ? single?.successes : single?.failures) ?? all, SHARE)
        return hours === undefined ? [] : [{ taskType, success, outcomes: all.length, hours }]
      })
      return known
    },
  }
}

/** Of the model whose verdicts arrive at the most different times, where these are clearly apart. */
function furthestApart(
  models: ReadonlyMap<string, ByInstance> | undefined,
  taskType: string,
  nowMs: number,
) {
  const failed = `-${taskType}`
  let most = CLEAR_HOURS
  let found: { readonly successes: number[]; readonly failures: number[] } | undefined
  for (const [key, instances] of models ?? []) {
    if (!key.startsWith(failed)) continue
    const failures = sorted(instances, nowMs)
    const successes = sorted(models?.get(`+${key.slice(1)}`) ?? new Map(), nowMs)
    if (Math.min(failures.length, successes.length) < LEAST_OF_MODEL) continue
    const apart = Math.abs((quantile(successes, 0.5) ?? 0) - (quantile(failures, 0.5) ?? 0))
    if (apart < most) continue
    most = apart
    found = { successes, failures }
  }
  return found
}

const newest = (): ByInstance => new Map()

function at<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key) ?? make()
  map.set(key, known)
  return known
}

function keep(instances: ByInstance, instance: string, arrival: Arrival, most: number): void {
  const arrivals = at(instances, instance, () => [])
  arrivals.push(arrival)
  if (arrivals.length > most) arrivals.shift()
}

/** The delays of the last week's arrivals, in hours. */
function sorted(instances: ByInstance, nowMs: number): number[] {
  return [...instances.values()]
    .flat()
    .filter(({ atMs }) => nowMs - atMs < WINDOW_HOURS * HOUR_MS)
    .map(({ hours }) => hours)
    .sort((one, other) => one - other)
}

function quantile(hours: readonly number[], share: number): number | undefined {
  return hours[Math.ceil(share * hours.length) - 1]
}
