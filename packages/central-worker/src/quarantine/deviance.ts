/** Two win rates differ when they explain the outcomes this much better than one: four standard errors. */
export const LEAST_DEVIANCE = 16

/** Successes among samples; neither needs to be whole. */
export interface Proportion {
  readonly samples: number
  readonly successes: number
}

/**
 * How much better two win rates explain the outcomes than one: twice the log of the likelihood ratio
 * of two binomials against one. Where both are equal it follows a chi-square distribution with one
 * degree of freedom, so its square root counts standard errors; unlike a difference divided by its
 * standard error it stays right for few samples and for rates near 0 or 1.
 */
export function deviance(one: Proportion, other: Proportion): number {
  if (one.samples <= 0 || other.samples <= 0) return 0
  const together = {
    samples: one.samples + other.samples,
    successes: one.successes + other.successes,
  }
  return Math.max(0, 2 * (logLikelihood(one) + logLikelihood(other) - logLikelihood(together)))
}

function logLikelihood({ samples, successes }: Proportion): number {
  return part(successes, samples) + part(samples - successes, samples)
}

function part(count: number, samples: number): number {
  return count <= 0 ? 0 : count * Math.log(count / samples)
}
