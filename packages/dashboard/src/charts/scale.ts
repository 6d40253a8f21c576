// Scales from numbers to per cent of a chart's width or height: charts are as wide as there is room, and measure nothing.
import { scaleLinear } from 'd3-scale'

export interface Scale {
  (value: number): number
  readonly ticks: readonly number[]
}

interface ScaleOptions {
  /** About how many marks its axis has. Default 4. */
  readonly ticks?: number
  /** Whether great values are at 0 %, as upwards on a page. Default false. */
  readonly flipped?: boolean
  /** Whether it ends at marks. Default false. */
  readonly nice?: boolean
}

/** Room for shares of 1 that are to be told apart, with a little around them. */
export function shareScale(values: readonly number[], options: ScaleOptions = {}): Scale {
  if (values.length === 0) return linearScale([0, 1], options)
  const low = Math.min(...values)
  const high = Math.max(...values)
  const margin = Math.max(0.02, (high - low) * 0.04)
  return linearScale([Math.max(0, low - margin), Math.min(1, high + margin)], options)
}

export function linearScale(
  domain: readonly [number, number],
  { ticks = 4, flipped = false, nice = false }: ScaleOptions = {},
): Scale {
  const [low, high] = domain[0] === domain[1] ? [domain[0], domain[0] + 1] : domain
  const scale = scaleLinear([low, high], flipped ? [100, 0] : [0, 100]).clamp(true)
  if (nice) scale.nice(ticks)
  return Object.assign((value: number) => scale(value), { ticks: scale.ticks(ticks) })
}
