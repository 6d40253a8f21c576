/** The place that a draw, uniform in [0, 1), falls on: each with its chance. */
export type Draw = (uniform: number) => number

/** @param chances Add up to 1; at least one of them. */
export function createDraw(chances: Float64Array): Draw {
  const upTo = new Float64Array(chances.length)
  let sum = 0
  let last = 0
  for (const [at, chance] of chances.entries()) {
    sum += chance
    upTo[at] = sum
    if (chance > 0) last = at
  }
  return (uniform) => {
    let low = 0
    let high = last
    // Rounding may leave the sum a little below the draw: then it is the last that has a chance.
    while (low < high) {
      const middle = (low + high) >> 1
      if (uniform < (upTo[middle] ?? 1)) high = middle
      else low = middle + 1
    }
    return low
  }
}
