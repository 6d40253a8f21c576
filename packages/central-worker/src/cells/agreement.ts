// Whether the instances agree that a model changed. Who sees a change tells a model that broke from an instance that begins to
// report something else: the first is seen by all that call the model, the second by one. So a break needs the middle half
// of the known instances, and no judgement of an instance, which takes more outcomes than a break does.
import { LEAST_DEVIANCE } from '../quarantine/deviance.ts'
import type { TaskJudgement } from '../quarantine/judge-task.ts'
import { logistic, logit } from '../quarantine/logits.ts'
import type { Voice } from '../quarantine/voices.ts'
import { valueAt } from '../runtime/value-at.ts'
import { SPAN_BORDERS } from '../window/window-spans.ts'

/** Fewer instances with a past, or ones that are worth fewer equals (Kish 1965), cannot contradict. */
const LEAST_WITNESSES = 4
const LEAST_WORTH = 3
/**
 * By what factor, as a logarithm, the change must explain better what all witnesses report: as much as a break takes (a
 * deviance is twice such a logarithm). So they see it themselves, and are not unlucky while others claim it.
 */
const LEAST_SUPPORT = LEAST_DEVIANCE / 2
/** The same of the middle half alone: by a factor of 7. */
const LEAST_OF_MIDDLE = 2
/** What is left out on either side: a quarter, as in the midmean (Tukey 1977). */
const OUTER_SHARE = 1 / 4
/** An instance counts for at most so many times the new outcomes that its past outcomes lead to expect. */
const MOST_TIMES_TYPICAL = 1.5

/** The spans of three hours: whoever reported nothing in these is gone. */
const SILENT_SPANS = SPAN_BORDERS.indexOf(3) + 1

/** What is said to have changed at a border between spans: win rates of instances of average work. */
export interface ClaimedChange {
  readonly border: number
  readonly end: number
  readonly older: number
  /** What the other models lead to expect of the newer side. Lies about these move it. */
  readonly expected: number
  readonly newer: number
}

/** Whether the instances agree that a cell changed. Where too few of them could tell, they do. */
export type Agreement = (cell: number, change: ClaimedChange) => boolean

interface Judged {
  readonly task: Pick<TaskJudgement['task'], 'ofCell' | 'ofInstance'>
  readonly fit: Pick<TaskJudgement['fit'], 'workOf' | 'dispersion'>
}

interface Witness {
  readonly voice: Voice
  readonly before: number
  readonly now: number
}

export function createAgreement(
  { task, fit }: Judged,
  isLeftOut: (voice: Voice) => boolean,
): Agreement {
  return (cell, change) => {
    const { border, end } = change
    const witnesses = (task.ofCell[cell] ?? []).flatMap((voice): Witness[] => {
      if (isLeftOut(voice)) return []
      const before = massOf(voice, border, end)
      return before > 0 && isAtWork(task.ofInstance[voice.instance] ?? [], border)
        ? [{ voice, before, now: massOf(voice, 0, border) }]
        : []
    })
    if (!canTell(witnesses)) return true
    const voices = capped(witnesses)
    const work = usualWork(witnesses, fit)
    return [change.older, change.expected].every((then) => {
      const values = voices.map(({ voice, mass }) => ({
        mass,
        value: support(voice, { border, then, now: change.newer }, fit.workOf(voice) - work),
      }))
      const all = values.reduce((sum, { mass, value }) => sum + mass * value, 0)
      return (
        all > LEAST_SUPPORT * fit.dispersion &&
        sumOfMiddle(values) > LEAST_OF_MIDDLE * fit.dispersion
      )
    })
  }
}

/** How much better the change explains an outcome of an instance than no change does: a mean of log likelihood ratios. */
function support(
  voice: Voice,
  rates: { readonly border: number; readonly then: number; readonly now: number },
  work: number,
): number {
  let [samples, successes] = [0, 0]
  for (let span = 0; span < rates.border; span += 1) {
    samples += valueAt(voice.samples, span)
    successes += valueAt(voice.successes, span)
  }
  const rate = successes / samples
  const [then, now] = [logistic(logit(rates.then) + work), logistic(logit(rates.now) + work)]
  return rate * Math.log(now / then) + (1 - rate) * Math.log((1 - now) / (1 - then))
}

function usualWork(witnesses: readonly Witness[], fit: Judged['fit']): number {
  let [mass, sum] = [0, 0]
  for (const { voice, before } of witnesses) {
    mass += before
    sum += before * fit.workOf(voice)
  }
  return sum / mass
}

/** One that is gone has seen nothing. One that was there within hours may only be silent. */
function isAtWork(own: readonly Voice[], border: number): boolean {
  return own.some((voice) => massOf(voice, 0, Math.max(border, SILENT_SPANS)) > 0)
}

function canTell(witnesses: readonly Witness[]): boolean {
  let [mass, squares] = [0, 0]
  for (const { before } of witnesses) {
    mass += before
    squares += before * before
  }
  return witnesses.length >= LEAST_WITNESSES && mass * mass >= LEAST_WORTH * squares
}

/** Those with new outcomes, and how many of these count: one that suddenly sends many is one instance still. */
function capped(witnesses: readonly Witness[]): readonly { voice: Voice; mass: number }[] {
  const sorted = [...witnesses].sort(
    (one, other) => one.now / one.before - other.now / other.before,
  )
  const half = sorted.reduce((sum, { before }) => sum + before, 0) / 2
  let sum = 0
  const middle = sorted.find(({ before }) => {
    sum += before
    return sum >= half
  })
  const typical = middle === undefined ? 0 : middle.now / middle.before
  return sorted.flatMap(({ voice, before, now }) =>
    now > 0
      ? [{ voice, mass: Math.min(now, Math.max(1, MOST_TIMES_TYPICAL * typical * before)) }]
      : [],
  )
}

/** The sum over the middle half by mass, without the outermost on either side; 0 where nothing is left. */
function sumOfMiddle(values: readonly { readonly mass: number; readonly value: number }[]): number {
  const sorted = [...values].sort((one, other) => one.value - other.value)
  const masses = sorted.map(({ mass }) => mass)
  const all = masses.reduce((sum, mass) => sum + mass, 0)
  const outer = Math.max(OUTER_SHARE * all, ...masses)
  let [begin, sum] = [0, 0]
  for (const { mass, value } of sorted) {
    const inside = Math.min(begin + mass, all - outer) - Math.max(begin, outer)
    if (inside > 0) sum += inside * value
    begin += mass
  }
  return sum
}

function massOf({ samples }: Voice, begin: number, end: number): number {
  let mass = 0
  for (let span = begin; span < end; span += 1) mass += valueAt(samples, span)
  return mass
}
