/** Outcomes, summed up. */
export interface Evidence {
  /** How many outcomes it is worth, 0 or more; need not be whole. */
  readonly mass: number
  /** Their mean reward, 0 to 1; means nothing where the mass is 0. */
  readonly reward: number
}

export const noEvidence: Evidence = { mass: 0, reward: 0 }

/** What is expected before there is evidence. */
export interface Prior {
  /** Expected reward, between 0 and 1, never either of them. */
  readonly mean: number
  /** Outcomes that it is worth, above 0. */
  readonly mass: number
}

/** A Beta distribution of a model's mean reward. Proper: both are above 0 and finite. */
export interface Posterior {
  readonly alpha: number
  readonly beta: number
}

/** `Beta(m·p0 + s, m·(1 - p0) + f)`: prior of mass m and mean p0, rewards s and what they lack to 1, f. */
export function posteriorOf(prior: Prior, ...evidence: readonly Evidence[]): Posterior {
  const { mean, mass } = prior
  return withEvidence({ alpha: mass * mean, beta: mass * (1 - mean) }, ...evidence)
}

/** The posterior after more evidence; never by way of its mean, which rounds to 0 or 1 when it is sure. */
export function withEvidence(posterior: Posterior, ...evidence: readonly Evidence[]): Posterior {
  let { alpha, beta } = posterior
  for (const { mass, reward } of evidence) {
    alpha += mass * reward
    beta += mass * (1 - reward)
  }
  return { alpha, beta }
}

export function posteriorMean({ alpha, beta }: Posterior): number {
  return alpha / (alpha + beta)
}

/** Both kinds of evidence as one. */
export function addEvidence(one: Evidence, other: Evidence): Evidence {
  const mass = one.mass + other.mass
  if (mass === 0) return noEvidence
  return { mass, reward: (one.mass * one.reward + other.mass * other.reward) / mass }
}

/** The same rewards, worth `share` of their mass. */
export function weaken({ mass, reward }: Evidence, share: number): Evidence {
  return { mass: mass * share, reward }
}
