// Which instances report something other than the rest do, over all models of one task type. Those that differ the most
// are set aside first and the others are compared again, so that several bad ones neither hide each other nor make
// good ones look bad.
import type { CellSums } from '../window/cell-sums.ts'
import { LEAST_OWN } from './cell-levels.ts'
import { dispersionOf } from './dispersion.ts'
import { DISCREDITING_SHARE } from './little-known.ts'
import { LEAST_NOTED, TwoWayFit } from './two-way-fit.ts'
import { ALWAYS_COUNTED, massCap } from './typical-mass.ts'
import { readVoices, type TaskVoices, type Voice } from './voices.ts'

/** When many differ, each round sets aside what this share of the instances reports, the worst first. */
const SHARE_AT_A_TIME = 1 / 20

/** Fewer others cannot outvote an instance. */
const LEAST_OTHERS = 4
/** As many equals as the others are worth at least (Kish 1965), whatever their number. */
const LEAST_WORTH = 3

/** Operators' verdicts. */
export interface Rulings {
  /** Counted whatever it reports. */
  isTrusted(instanceId: string): boolean
  /** Left out whatever it reports: says nothing about the others. */
  isSilenced(instanceId: string): boolean
  /**
   * The last tick left it out of the cell of that key by its numbers. So it has no say about the others until it agrees with
   * them: whoever may send outcomes may invent instances, and a majority of these would grow by staying.
   */
  wasLeftOut(cell: string, instanceId: string): boolean
}

export interface TaskJudgement {
  readonly task: TaskVoices
  readonly fit: TwoWayFit
  /** Voices that are off, by cell. */
  readonly differing: readonly ReadonlySet<Voice>[]
  /** Those of them that a majority outvotes. */
  readonly outvoted: readonly ReadonlySet<Voice>[]
  /** Share of what a voice reports that counts; where it is not named, all of it. */
  readonly weights: ReadonlyMap<Voice, number>
}

export function* judgeTask(
  cells: readonly CellSums[],
  rulings: Rulings,
): Generator<void, TaskJudgement> {
  const { isTrusted, isSilenced } = rulings
  const task = readVoices(cells, rulings)
  const fit = new TwoWayFit(task)
  yield* setAside(task, fit, rulings)
  // Liars make all others vary, so it is looked at without them, and then whether they are any.
  fit.dispersion = dispersionOf(task, fit)
  if (fit.dispersion > 1 && task.voices.some(({ isAside }) => isAside)) {
    yield* setAside(task, fit, rulings)
    fit.dispersion = dispersionOf(task, fit)
  }
  const differing: Set<Voice>[] = []
  const outvoted: Set<Voice>[] = []
  const weights = new Map<Voice, number>()
  for (const present of task.ofCell) {
    const off = new Set(
      present.filter(
        (voice) =>
          voice.isAside && !isSilenced(voice.instanceId) && fit.difference(voice)?.isOff === true,
      ),
    )
    differing.push(off)
    const majority = createMajority(present, off)
    outvoted.push(new Set([...off].filter((voice) => majority(voice))))
    weighCell(present, { task, fit, majority, isTrusted, weights })
    yield
  }
  return { task, fit, differing, outvoted, weights }
}

/** Compares all with each other, sets aside those that are off the most, and compares again, until none is. */
function* setAside(
  task: TaskVoices,
  fit: TwoWayFit,
  { isTrusted, isSilenced }: Rulings,
): Generator<void, void> {
  weigh(task)
  for (const voice of task.voices) {
    voice.isAside = isSilenced(voice.instanceId)
    if (voice.isAside) voice.weight = 0
  }
  yield* fit.fit()
  for (;;) {
    const worst = yield* findWorst(task, fit, isTrusted)
    if (worst.length === 0) return
    for (const voice of worst) voice.isAside = true
    for (const voice of worst) discredit(task.ofInstance[voice.instance] ?? [])
    yield* fit.fit()
  }
}

/** What counts of each voice while the others are compared with it. */
function weigh({ ofCell, ofInstance, littleKnown }: TaskVoices): void {
  for (const present of ofCell) {
    const measures = present.filter(
      ({ instance, wasLeftOut }) => !wasLeftOut && !littleKnown.all.has(instance),
    )
    const cap = massCap(measures.map(({ total }) => total))
    // One that has no other work to be compared by tells more of its work than of the model.
    const compared = measures.filter((voice) => hasOtherWork(voice, ofInstance))
    const known = compared.reduce((sum, { total }) => sum + Math.min(total, cap), 0)
    const counts = known >= ALWAYS_COUNTED ? compared : measures
    for (const voice of present) voice.weight = 0
    for (const voice of counts) voice.weight = Math.min(1, cap / voice.total)
  }
}

function hasOtherWork(voice: Voice, ofInstance: TaskVoices['ofInstance']): boolean {
  const own = ofInstance[voice.instance] ?? []
  return own.reduce((sum, { total }) => sum + total, 0) - voice.total >= LEAST_OWN
}

/** What the instances report that are off the most, those of one instance together. */
function* findWorst(
  task: TaskVoices,
  fit: TwoWayFit,
  isTrusted: Rulings['isTrusted'],
): Generator<void, readonly Voice[]> {
  const found = new Map<number, { voices: Voice[]; deviance: number }>()
  for (const own of task.ofInstance) {
    if (own === task.joined) continue
    for (const voice of own) {
      if (voice.isAside || voice.total === 0 || isTrusted(voice.instanceId)) continue
      const difference = fit.difference(voice)
      if (difference?.isOff !== true) continue
      const known = found.get(voice.instance)
      if (known === undefined)
        found.set(voice.instance, { voices: [voice], deviance: difference.deviance })
      else {
        known.voices.push(voice)
        known.deviance = Math.max(known.deviance, difference.deviance)
      }
    }
    yield
  }
  return [...found.values()]
    .sort((one, other) => other.deviance - one.deviance)
    .slice(0, Math.max(1, Math.floor((task.ofInstance.length - 1) * SHARE_AT_A_TIME)))
    .flatMap(({ voices }) => voices)
}

/** See `DISCREDITING_SHARE`. */
function discredit(own: readonly Voice[]): void {
  let all = 0
  let aside = 0
  for (const { total, isAside } of own) {
    all += total
    if (isAside) aside += total
  }
  if (aside < all * DISCREDITING_SHARE) return
  for (const voice of own) voice.weight = 0
}

/** Whether a majority of the voices of a cell can tell that one of them is off. */
function createMajority(present: readonly Voice[], off: ReadonlySet<Voice>) {
  const sums = { kept: 0, squares: 0, count: 0, aside: 0, asideCount: 0 }
  for (const voice of present) {
    const mass = voice.weight * voice.total
    if (mass === 0) continue
    if (off.has(voice)) {
      sums.aside += mass
      sums.asideCount += 1
    } else {
      sums.kept += mass
      sums.squares += mass * mass
      sums.count += 1
    }
  }
  return (voice: Voice): boolean => {
    const own = off.has(voice) ? 0 : voice.weight * voice.total
    const mass = sums.kept - own
    const count = sums.count - (own > 0 ? 1 : 0)
    return (
      count >= LEAST_OTHERS &&
      mass >= ALWAYS_COUNTED &&
      mass * mass >= LEAST_WORTH * (sums.squares - own * own) &&
      mass > sums.aside
    )
  }
}

interface Weighing extends Pick<TaskJudgement, 'task' | 'fit'> {
  readonly majority: (voice: Voice) => boolean
  readonly isTrusted: Rulings['isTrusted']
  readonly weights: Map<Voice, number>
}

/**
 * How much of each voice counts. One that agrees with the others counts whole, however large it is; the more it differs
 * where a majority can tell, the less. From three standard errors on its weight falls to what would be within them and within
 * the cap, which it reaches at twice that deviance. The little known count less the more they differ together.
 */
function weighCell(
  present: readonly Voice[],
  { task, fit, majority, isTrusted, weights }: Weighing,
): void {
  const { joined, littleKnown } = task
  let cap: number | undefined
  const agreement = (voice: Voice | undefined): number => {
    if (voice === undefined || voice.total === 0) return 1
    const deviance = fit.difference(voice)?.deviance ?? 0
    if (deviance <= LEAST_NOTED || !majority(voice)) return 1
    cap ??= massCap(
      present.filter(({ instance }) => !littleKnown.all.has(instance)).map(({ total }) => total),
    )
    const beyond = Math.min(1, (deviance - LEAST_NOTED) / LEAST_NOTED)
    return ((Math.min(1, cap / voice.total) * LEAST_NOTED) / deviance) ** beyond
  }
  const ofJoined = agreement(joined.find(({ cell }) => cell === present[0]?.cell))
  for (const voice of present) {
    if (voice.total === 0 || isTrusted(voice.instanceId)) continue
    const { instance } = voice
    const ofNewcomer = littleKnown.newcomers.has(instance) ? littleKnown.share : 1
    const ofAll = littleKnown.all.has(instance) ? ofJoined : 1
    const weight = agreement(voice) * ofNewcomer * ofAll
    if (weight < 1) weights.set(voice, weight)
  }
}
