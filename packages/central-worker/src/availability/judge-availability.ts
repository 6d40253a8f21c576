// Which models' calls clearly fail now, as the fleet sees it. What arrived last tells of now: arrivals are taken from the newest on
// until they are enough, so an outage shows as soon as several instances see it, and its end with the first answers.
//   The instance that fails most does not count, so neither one instance's rate limit nor its key condemns a model for the
// others, and every instance counts as the median one at most.
import { type ModelName, modelKey } from '@winrate/shared-schema/contracts'

/** What one instance's calls of a model came to in one fold. */
export interface ArrivedCalls extends ModelName {
  readonly instanceId: string
  /** How long ago the fold was. */
  readonly ageSeconds: number
  readonly calls: number
  /** Those that brought no answer. */
  readonly failed: number
  /** Whether the instance was first heard of within a day, by the database's clock. */
  readonly isNew: boolean
}

export interface ModelAvailability extends ModelName {
  /** The share of the calls that are answered, 0 to 1. */
  readonly availability: number
  readonly calls: number
  readonly instances: number
}

/** So many calls of at least two instances tell whether a model answers at all. */
const CALLS_OF_NOW = 6
/** And so many how often it does. */
const CALLS_OF_RATE = 50
/** A model of which so many calls fail is down. */
const DOWN = 0.8
/** Fewer failures may be chance, or one request's. */
const FEWEST_FAILED = 5
const LEAST_SHARE = 0.05
/** All newcomers beside instances that are known. */
const NEWCOMERS = '\u0000'

/**
 * The models whose calls clearly fail, by name; those that only newcomers call come last, as whoever may send may invent both
 * and a snapshot names so many.
 */
export function judgeAvailability(arrived: readonly ArrivedCalls[]): readonly ModelAvailability[] {
  const byModel = new Map<string, ArrivedCalls[]>()
  for (const one of arrived) {
    const key = modelKey(one)
    const known = byModel.get(key)
    if (known === undefined) byModel.set(key, [one])
    else known.push(one)
  }
  const keys = [...byModel.keys()].sort()
  const isNew = (key: string) => byModel.get(key)?.every((one) => one.isNew) === true
  return [...keys.filter((key) => !isNew(key)), ...keys.filter(isNew)].flatMap(
    (key) => judgeModel(byModel.get(key) ?? []) ?? [],
  )
}

function judgeModel(arrived: readonly ArrivedCalls[]): ModelAvailability | undefined {
  const [first] = arrived
  if (first === undefined) return undefined
  const { modelName, provider } = first
  const newestFirst = asVoices(arrived).sort((one, other) => one.ageSeconds - other.ageSeconds)
  const now = failedShare(newestFirst, CALLS_OF_NOW)
  const rate = failedShare(newestFirst, CALLS_OF_RATE)
  if (now === undefined || rate === undefined) return undefined
  const isDown = now.share >= DOWN
  // What answers now is not held down by an outage that is over.
  const { share, ...counts } = isDown || now.share < rate.share ? now : rate
  if (share < LEAST_SHARE || share * counts.calls < FEWEST_FAILED) return undefined
  return { modelName, provider, availability: Number((1 - share).toFixed(2)), ...counts }
}

/** Whoever may send may invent instances, so newcomers are one voice where an instance is known. */
function asVoices(arrived: readonly ArrivedCalls[]): ArrivedCalls[] {
  const isAnyKnown = arrived.some(({ isNew }) => !isNew)
  return arrived.map((one) => (isAnyKnown && one.isNew ? { ...one, instanceId: NEWCOMERS } : one))
}

/** Of the newest calls, until they are so many and of two instances; undefined where those are not there. */
function failedShare(newestFirst: readonly ArrivedCalls[], mostCalls: number) {
  const voices = new Map<string, { calls: number; failed: number }>()
  let calls = 0
  let ageSeconds = Number.NEGATIVE_INFINITY
  for (const one of newestFirst) {
    if (one.calls <= 0) continue
    // A fold is taken as a whole.
    if (one.ageSeconds > ageSeconds && calls >= mostCalls && voices.size > 1) break
    ageSeconds = one.ageSeconds
    const voice = voices.get(one.instanceId) ?? { calls: 0, failed: 0 }
    voice.calls += one.calls
    voice.failed += Math.min(one.calls, Math.max(0, one.failed))
    voices.set(one.instanceId, voice)
    calls += one.calls
  }
  if (voices.size < 2) return undefined
  const sizes = [...voices.values()].map((voice) => voice.calls).sort((one, other) => one - other)
  const most = sizes[Math.floor((sizes.length - 1) / 2)] ?? 1
  const [, ...others] = [...voices.values()]
    .map((voice) => ({
      share: voice.failed / voice.calls,
      mass: Math.min(most, voice.calls),
    }))
    .sort((one, other) => other.share * other.mass - one.share * one.mass)
  const mass = others.reduce((sum, one) => sum + one.mass, 0)
  const share = others.reduce((sum, one) => sum + one.share * one.mass, 0) / mass
  return { share, calls, instances: voices.size }
}
