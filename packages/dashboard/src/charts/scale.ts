// Scales from numbers to per cent of a chart's width or height: charts are as wide as there is room, and measure nothing.
import { scaleLinear } from 'd3-scale'

export interface Scale {
  (value: number): number
  readonly ticks: readonly number[]
}

/** Room for shares of 1 that are to be told apart, with a little around them. */
export function shareScale(values: readonly number[], ticks = 5): Scale {
  if (values.length === 0) return linearScale([0, 1], { ticks })
  const low = Math.min(...values)
  const high = Math.max(...values)
  const margin = Math.max(0.02, (high - low) * 0.04)
  return linearScale([Math.max(0, low - margin), Math.min(1, high + margin)], { ticks })
}

export function linearScale(
  domain: readonly [number, number],
  { ticks = 4, flipped = false, nice = false } = {},
): Scale {
  const [low, high] = domain[0] === domain[1] ? [domain[0], domain[0] + 1] : domain
  const scale = scaleLinear([low, high], flipped ? [100, 0] : [0, 100]).clamp(true)
  if (nice) scale.nice(ticks)
  return Object.assign((value: number) => scale(value), { ticks: scale.ticks(ticks) })
}
