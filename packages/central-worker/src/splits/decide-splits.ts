// Which requests are learned apart by what they belong to. A pure function of the sums and of what was decided before.
//   A path is split off for good where models compare differently there. Routing calls one model almost always, so the
// outcomes often say no more than that the requests with a value fare worse, or better: because work is harder, or because
// they need another model. Then the path is tried for a day, in which it explores by itself and finds out, and for longer
// while it does better than with the model that the rest calls.
import { isTaskType, labelOf, parentTask } from '@winrate/shared-schema/contracts'
import { type Compared, type Counts, type Halves, type SplitGain, splitGain } from './split-gain.ts'

/** Drawn outcomes of a task type, as callers name it, and a model. */
export interface ContextSum extends Counts {
  readonly taskType: string
  /** A label with a value's hash; empty for all requests of the task type. */
  readonly entry: string
  /** The provider, the model and its thinking level, as JSON. */
  readonly model: string
  readonly half: 0 | 1
}

/** A path of requests that are learned apart, may be soon, or were on trial. */
export interface TaskSplit {
  /** The task type, and the entry of the context as its last segment. */
  readonly path: string
  /** By how much it last predicted held-out outcomes better, on trial when that began, in logarithms of likelihood: see `SplitGain`. */
  readonly gain: number
  /** Since when requests are learned apart; null while they are not. */
  readonly since: Date | null
  /** When models last compared differently; null on trial. */
  readonly gainedAt: Date | null
  /** When its last trial began. */
  readonly triedAt: Date | null
  /** What its requests showed before they were learned apart, in its first week: a start of its own, beside what its parent knows. */
  readonly earlier: readonly ModelCounts[]
}

interface ModelCounts extends Counts, Pick<ContextSum, 'model'> {}

/** Beyond the logarithm of how many paths are looked at, at two measurements in a row. */
const CLEAR_GAIN = 6
/** The same for a trial, at one, as it costs little: chance alone begins one in at most one of ten fleets, however often it is looked at. */
const TRIAL_GAIN = Math.log(10)
/** What prolongs a trial: another model is better there than the one that the rest calls, so one of both is mistaken. */
const CHOICE_GAIN = 4
const DAY_MS = 86_400_000
/** How long a trial lasts, and how long a path stays that no longer gains. */
const KEPT_MS = DAY_MS
const NEXT_TRIAL_MS = 7 * DAY_MS
/** Later a path has outcomes of its own. */
const EARLIER_MS = 7 * DAY_MS
/** Whoever may send outcomes may invent models. */
const MOST_MODELS = 32
const MOST_TRIALS = 4
const MOST_SPLITS = 100

/** Whether a snapshot may list it: one path that is no task type in another makes clients refuse all of the snapshot. */
export function isSplitPath(path: string): boolean {
  return isTaskType(path) && parentTask(path) !== undefined
}

/** @param stored What was decided before. */
export function decideSplits(
  sums: readonly ContextSum[],
  stored: readonly TaskSplit[],
  now: Date,
): readonly TaskSplit[] {
  const before = stored.filter(({ path }) => isSplitPath(path))
  const gains = measureGains(sums, before)
  const looks = Math.log(Math.max(1, gains.size))
  const clear = looks + CLEAR_GAIN
  const kept = before.flatMap((split) => keep(split, gains.get(split.path), now))
  const inUse = kept.filter(({ since }) => since !== null)
  const isYoung = ({ triedAt }: TaskSplit) =>
    triedAt !== null && now.getTime() - triedAt.getTime() < KEPT_MS
  const trials = inUse.filter((split) => split.gainedAt === null && isYoung(split))
  const rested = new Map(kept.map((split) => [split.path, split]))
  const isPending = new Set(
    before.flatMap(({ path, since, gain }) => (since === null && gain > 0 ? [path] : [])),
  )
  const labels = new Map(inUse.map(({ path }) => [parentTask(path), labelIn(path)]))
  let roomForTrials = MOST_TRIALS - trials.length
  const begun = new Set<string | undefined>()
  const found = [...gains]
    .filter(([path, gain]) => rested.get(path)?.since == null && most(gain) > looks + TRIAL_GAIN)
    .sort(([one, gain], [other, its]) => most(its) - most(gain) || (one < other ? -1 : 1))
    .flatMap(([path, gain]): TaskSplit[] => {
      const isTrial = gain.ofModels <= clear
      const triedAt = rested.get(path)?.triedAt ?? null
      if (isTrial && (triedAt !== null || roomForTrials <= 0)) return []
      // Requests of a task type are learned apart by one label: the one that gains most.
      const label = labels.get(parentTask(path)) ?? labelIn(path)
      if (label !== labelIn(path)) return []
      labels.set(parentTask(path), label)
      // One at a time: what differs makes the others look different from the rest, too.
      const begins = (isTrial || isPending.has(path)) && !begun.has(parentTask(path))
      if (begins) begun.add(parentTask(path))
      if (isTrial) roomForTrials -= 1
      return [
        {
          ...{ path, gain: most(gain), since: begins ? now : null },
          gainedAt: isTrial ? null : now,
          triedAt: isTrial && begins ? now : triedAt,
          earlier: begins ? outcomesOf(path, sums) : [],
        },
      ]
    })
  const decided = new Map([...kept, ...found].map((split) => [split.path, split]))
  return [...decided.values()].sort((one, other) => other.gain - one.gain).slice(0, MOST_SPLITS)
}

/** What becomes of a path that was decided on before. One that awaits its confirmation is looked at anew. */
function keep(split: TaskSplit, gain: SplitGain | undefined, now: Date) {
  const age = (moment: Date) => now.getTime() - moment.getTime()
  const { since, gainedAt, triedAt } = split
  const memory =
    triedAt !== null && age(triedAt) < NEXT_TRIAL_MS
      ? [{ ...split, gain: 0, since: null, gainedAt: null, earlier: [] }]
      : []
  if (since === null) return memory
  const { ofModels = 0, ofAll = 0, ofChoice = 0 } = gain ?? {}
  // What it was tried for, luck included, goes on to look like a difference of the models that are tried next.
  const least = gainedAt === null ? split.gain + CLEAR_GAIN : 0
  const kept = age(since) < EARLIER_MS ? split : { ...split, earlier: [] }
  if (ofModels > least) return [{ ...kept, gain: Math.max(ofModels, ofAll), gainedAt: now }]
  const stays = age(gainedAt ?? since) < KEPT_MS || ofChoice > CHOICE_GAIN
  return stays ? [kept] : memory
}

/** By model. Those of an earlier trial are among them, and count at the path itself as well: both are bounded there. */
function outcomesOf(path: string, sums: readonly ContextSum[]): readonly ModelCounts[] {
  const found = new Map<string, ModelCounts>()
  for (const { taskType, entry, model, samples, successes } of sums) {
    if (entry === '' || `${taskType}/${entry}` !== path) continue
    const other = found.get(model) ?? { samples: 0, successes: 0 }
    found.set(model, {
      ...{ model, samples: other.samples + samples, successes: other.successes + successes },
    })
  }
  return [...found.values()].sort((one, other) => other.samples - one.samples).slice(0, MOST_MODELS)
}

function most({ ofModels, ofAll }: SplitGain): number {
  return Math.max(ofModels, ofAll)
}

function labelIn(path: string): string {
  return labelOf(path.slice(path.lastIndexOf('/') + 1))
}

/** By path. What was found to differ before is no part of what its label's other values are compared with. */
function measureGains(
  sums: readonly ContextSum[],
  before: readonly TaskSplit[],
): ReadonlyMap<string, SplitGain> {
  const differing = new Set(
    before.flatMap(({ path, since, triedAt }) => ((since ?? triedAt) ? [path] : [])),
  )
  const tasks = new Map<string, Map<string, Map<string, Halves>>>()
  for (const { taskType, entry, model, half, samples, successes } of sums) {
    const entries = tasks.get(taskType) ?? new Map<string, Map<string, Halves>>()
    tasks.set(taskType, entries)
    const models = entries.get(entry) ?? new Map<string, Halves>()
    entries.set(entry, models)
    const [even, odd] = models.get(model) ?? noOutcomes
    const counts = { samples, successes }
    models.set(model, half === 0 ? [counts, odd] : [even, counts])
  }
  const gains = new Map<string, SplitGain>()
  for (const [taskType, entries] of tasks) {
    const all = entries.get('') ?? new Map<string, Halves>()
    for (const [entry, models] of entries) {
      if (entry === '' || !isSplitPath(`${taskType}/${entry}`)) continue
      const apart = [...entries].filter(
        ([other]) =>
          other === entry ||
          (differing.has(`${taskType}/${other}`) && labelOf(other) === labelOf(entry)),
      )
      const compared = [...all].map(([model, whole]): Compared => {
        const rest = apart.reduce(
          (left, [, its]) => without(left, its.get(model) ?? noOutcomes),
          whole,
        )
        return { own: models.get(model) ?? noOutcomes, rest }
      })
      gains.set(`${taskType}/${entry}`, splitGain(compared))
    }
  }
  return gains
}

const none: Counts = { samples: 0, successes: 0 }
const noOutcomes: Halves = [none, none]

function without([even, odd]: Halves, part: Halves): Halves {
  return [difference(even, part[0]), difference(odd, part[1])]
}

function difference(whole: Counts, part: Counts): Counts {
  return { samples: whole.samples - part.samples, successes: whole.successes - part.successes }
}
