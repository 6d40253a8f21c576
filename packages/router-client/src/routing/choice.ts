export interface Choice {
  /** Place in the ranking, 0 for the best. */
  readonly at: number
  /** Probability with which this choice was made, exactly. */
  readonly propensity: number
}

/**
 * Chooses each candidate with its chance.
 *
 * @param chances Add up to 1; at least one of them.
 * @param draw Uniform in [0, 1).
 */
export function chooseByChances(chances: Float64Array, draw: number): Choice {
  let upTo = 0
  let likely = 0
  for (let at = 0; at < chances.length; at += 1) {
    const chance = chances[at] ?? 0
    if (chance === 0) continue
    upTo += chance
    likely = at
    if (draw < upTo) break
  }
  // Rounding may leave the sum a little below the draw: then it is the last that has a chance.
  return { at: likely, propensity: chances[likely] ?? 1 }
}
