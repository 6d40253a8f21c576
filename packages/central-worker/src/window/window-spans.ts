// How the window is cut by age. A span is a few whole hours: short for young outcomes, so that a change shows
// soon, long for old ones. Behind the window comes the faded tail.

/** Ages in hours at which a span ends and the next begins; the last one ends with the window. */
export const SPAN_BORDERS: readonly number[] = [1, 2, 3, 6, 12, 24, 48, 96]

/** Spans within the window. */
export const WINDOW_SPANS = SPAN_BORDERS.length + 1

/** The span of what has left the window: its sums are weighted by `weightAt`. */
export const FADED_SPAN = WINDOW_SPANS

/** How far the faded tail reaches, in half-lives: beyond that an outcome weighs less than 1/16. */
const TAIL_HALF_LIVES = 4

/** Hours after which an outcome that left the window weighs half as much: half the window. */
export function fadeHalfLifeHours(windowHours: number): number {
  return windowHours / 2
}

/** Age in hours at which the faded tail ends. */
function tailEndHours(windowHours: number): number {
  return windowHours + TAIL_HALF_LIVES * fadeHalfLifeHours(windowHours)
}

/**
 * Spans follow the age, so long ones hold days and nights alike. Blocks follow the clock: what is harder by night or at
 * weekends shows there, for as many of them as a week has.
 */
export const BLOCK_HOURS = 4
export const BLOCKS = (7 * 24) / BLOCK_HOURS

/** Blocks are counted since 1970. */
export function blockOf(hour: number): number {
  return Math.floor(hour / BLOCK_HOURS)
}

/** Hours of the block of the hour `now` that have begun. */
export function begunHours(now: number): number {
  return now - BLOCK_HOURS * blockOf(now) + 1
}

/** The share of a block, counted from the newest one back, whose outcomes are in spans before `span`. */
export function shareBefore(span: number, block: number, begun: number): number {
  if (span <= 0) return 0
  const hours = block === 0 ? begun : BLOCK_HOURS
  const youngest = block === 0 ? 0 : begun + (block - 1) * BLOCK_HOURS
  return Math.min(1, Math.max(0, ((SPAN_BORDERS[span - 1] ?? Infinity) - youngest) / hours))
}

/**
 * The first span of which every decision is older than that, and so are all older ones. Half of the window counts
 * however late outcomes arrive.
 */
export function firstSpanAfter(hours: number, windowHours: number): number {
  let span = 0
  // A decision is up to an hour younger than the whole hours that its rollup's age has.
  for (const border of SPAN_BORDERS) {
    if ((SPAN_BORDERS[span - 1] ?? 0) - 1 >= hours || border > windowHours / 2) break
    span += 1
  }
  return span
}

/** The span of a rollup whose hour began `ageHours` whole hours before the present one. */
export function spanOf(ageHours: number, windowHours: number): number {
  if (ageHours >= windowHours) return FADED_SPAN
  let span = 0
  for (const border of SPAN_BORDERS) if (ageHours >= border) span += 1
  return span
}

/**
 * What an outcome of that age still weighs: 1 in the window, then `2^(-(age - window) / half-life)`, also
 * beyond the end of the tail.
 */
export function weightAt(ageHours: number, windowHours: number): number {
  if (ageHours < windowHours) return 1
  return 2 ** (-(ageHours - windowHours) / fadeHalfLifeHours(windowHours))
}

/** Hours that begin within a day from now count as new: an hour may begin while a tick waits. */
export const LEAST_AGE_HOURS = -24

/** Which ages count. */
export interface WindowShape {
  readonly windowHours: number
  /** Age from which an outcome no longer counts: the end of the faded tail. */
  readonly endHours: number
}

/** The faded tail ends with the retention where that is sooner. */
export function windowShape(days: { windowDays: number; retentionDays: number }): WindowShape {
  const windowHours = Math.round(days.windowDays * 24)
  const endHours = Math.min(tailEndHours(windowHours), days.retentionDays * 24)
  return { windowHours, endHours: Math.round(Math.max(windowHours, endHours)) }
}

/** The span of an hour of that age; undefined where it counts nowhere. */
export function spanWithin(ageHours: number, shape: WindowShape): number | undefined {
  if (ageHours < LEAST_AGE_HOURS || ageHours >= shape.endHours) return undefined
  return spanOf(ageHours, shape.windowHours)
}

/**
 * The ages at which a whole span moves to the next one when an hour begins, oldest first: the spans of one
 * hour. Of the first span, hours that have not begun stay.
 */
export function shiftedAges({ windowHours }: WindowShape): readonly number[] {
  return [3, 2, 1].filter((age) => age <= windowHours)
}

/** The ages at which an hour of a longer span moves to the next span, or out of the last. */
export function movedAges(shape: WindowShape): readonly number[] {
  const shifted = new Set(shiftedAges(shape))
  const ages: number[] = []
  for (let age = 1; age <= shape.endHours; age += 1) {
    const crosses = spanWithin(age, shape) !== spanWithin(age - 1, shape)
    if (crosses && !shifted.has(age)) ages.push(age)
  }
  return ages
}
