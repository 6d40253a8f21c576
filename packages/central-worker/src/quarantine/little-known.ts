// Instances of which little is known: those that came within a day, those that report far less than is typical, and those
// of which much was left out until now.
// Whoever may send outcomes may invent any number of them. So where well known ones are at work, the little known are no
// measure for others and are compared as one besides each for itself, and the newcomers among them count together as one,
// plus what is missing of the usual work: a fleet that gives its instances new names goes on learning.
import { FADED_SPAN, SPAN_BORDERS } from '../window/window-spans.ts'
import type { Rulings } from './judge-task.ts'
import { ALWAYS_COUNTED, typicalMass } from './typical-mass.ts'
import type { Voice } from './voices.ts'

/** The spans of a day. */
const DAY_SPANS = SPAN_BORDERS.indexOf(24) + 1
/** The usual work is that of the three days before. */
const USUAL_SPANS = SPAN_BORDERS.indexOf(96) + 1
const USUAL_HOURS = 72
/** Fewer well known ones do not outvote others. */
const LEAST_KNOWN = 4
/** By how many standard deviations of its count a day may have less work without any being missing. */
const NOISE = 2
/** An instance that is off in this share of what it reports is no measure of the others anywhere. */
export const DISCREDITING_SHARE = 1 / 3
/** An instance with less than this share of what is typical is little known. */
const SMALL_SHARE = 1 / 4

export interface LittleKnown {
  /** What counts of a newcomer's outcomes. */
  readonly share: number
  /** The part of that which stands in for work that is missing. */
  readonly replacing: number
  /** By place of the instance. */
  readonly newcomers: ReadonlySet<number>
  /** Newcomers, those that report little, and those of which much was left out. */
  readonly all: ReadonlySet<number>
}

const nobody: LittleKnown = { share: 1, replacing: 1, newcomers: new Set(), all: new Set() }

/** Nobody is little known where hardly anybody is better known: in a new fleet, or in one whose instances are all new. */
export function findLittleKnown(
  ofInstance: readonly (readonly Voice[])[],
  { isTrusted, isSilenced }: Rulings,
): LittleKnown {
  const newcomers = new Set<number>()
  const doubted: number[] = []
  const known: { instance: number; total: number; today: number; usual: number }[] = []
  let fresh = 0
  for (const [instance, own] of ofInstance.entries()) {
    const { instanceId = '' } = own[0] ?? {}
    if (isSilenced(instanceId)) continue
    const today = massOf(own, 0, DAY_SPANS)
    const usual = massOf(own, DAY_SPANS, USUAL_SPANS)
    const before = usual + massOf(own, USUAL_SPANS, FADED_SPAN + 1)
    if (before === 0 && !isTrusted(instanceId)) {
      newcomers.add(instance)
      fresh += today
    } else if (wasDiscredited(own)) doubted.push(instance)
    else known.push({ instance, total: today + before, today, usual })
  }
  const least = SMALL_SHARE * typicalMass(known.map(({ total }) => total))
  const wellKnown = known.filter(({ total }) => total >= least)
  if (wellKnown.length < LEAST_KNOWN) return nobody
  const small = known.filter(({ total }) => total < least).map(({ instance }) => instance)
  const atWork = wellKnown.map(({ today }) => today).filter((today) => today > 0)
  if (atWork.length === 0) return { ...nobody, all: new Set([...doubted, ...small]) }
  const sumOf = (masses: readonly number[]) => masses.reduce((sum, mass) => sum + mass, 0)
  const usual = (sumOf(known.map((one) => one.usual)) * 24) / USUAL_HOURS
  const today = sumOf(known.map((one) => one.today))
  const missing = Math.max(0, usual - today - NOISE * Math.sqrt(usual))
  const room = Math.max(ALWAYS_COUNTED, typicalMass(atWork)) + missing
  const all = new Set([...newcomers, ...doubted, ...small])
  return { share: Math.min(1, room / fresh), replacing: missing / room, newcomers, all }
}

function wasDiscredited(own: readonly Voice[]): boolean {
  const leftOut = own.filter((voice) => voice.wasLeftOut)
  const sumOf = (voices: readonly Voice[]) => voices.reduce((sum, { total }) => sum + total, 0)
  return leftOut.length > 0 && sumOf(leftOut) >= DISCREDITING_SHARE * sumOf(own)
}

function massOf(voices: readonly Voice[], begin: number, end: number): number {
  let mass = 0
  for (const { samples } of voices) {
    for (let span = begin; span < end; span += 1) mass += samples[span] ?? 0
  }
  return mass
}
