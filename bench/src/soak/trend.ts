import { spreadOf } from '../measuring/spread.ts'

export interface TimedValue {
  readonly atMs: number
  readonly value: number
}

/** How a value went after the warm-up. */
export interface Trend {
  /** The median of the first tenth of the values. */
  readonly first: number
  /** The median of the last tenth. */
  readonly last: number
  /** The median slope of all pairs of values (Theil and Sen): single peaks do not move it. */
  readonly perHour: number
  /** What the slope makes of the time from the first to the last value. */
  readonly growth: number
}

const HOUR_MS = 3_600_000

/** @throws Error for fewer than two values. */
export function trendOf(values: readonly TimedValue[]): Trend {
  const part = Math.max(1, Math.floor(values.length / 10))
  const medianOf = (some: readonly TimedValue[]) => spreadOf(some.map(({ value }) => value)).median
  const slopes = values.flatMap((late, at) =>
    values.slice(0, at).map((early) => (late.value - early.value) / (late.atMs - early.atMs)),
  )
  const perHour = spreadOf(slopes).median * HOUR_MS
  const lengthMs = (values.at(-1)?.atMs ?? 0) - (values[0]?.atMs ?? 0)
  return {
    first: medianOf(values.slice(0, part)),
    last: medianOf(values.slice(-part)),
    perHour,
    growth: (perHour * lengthMs) / HOUR_MS,
  }
}
