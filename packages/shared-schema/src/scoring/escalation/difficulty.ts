// The one-factor model of escalation (a Rasch model with a normal difficulty, Rasch 1960; Bock and Aitkin 1981): each
// request has a difficulty z ~ N(0, 1), and a model succeeds at it with probability σ(a - s·z). Given z, models succeed
// independently; s, the dependence, tells how much what one failed at is hard for all.

/** Difficulties at equal distances, weighted by the normal density: the trapezoidal rule, to 4e-4 at the greatest dependence. */
const DIFFICULTIES = 16
const STEP = 0.5

const difficulty = Float64Array.from(
  { length: DIFFICULTIES },
  (_, at) => (at - (DIFFICULTIES - 1) / 2) * STEP,
)
const densities = difficulty.map((z) => Math.exp((-z * z) / 2))
const total = densities.reduce((sum, density) => sum + density, 0)

/** How much of the requests has each difficulty; adds up to 1. */
export const difficultyShares: Readonly<Float64Array> = densities.map((density) => density / total)

/** More than this tells nothing new: nearly everything is either easy or hard for all models. */
export const MOST_DEPENDENCE = 5

/** Rates are taken to be at least this far from 0 and 1, where no difficulty would change them. */
const LEAST_RATE = 1e-9
const MOST_STEPS = 30
const PRECISION = 1e-13

/** How likely a model is to succeed, or to fail, at each difficulty. */
export interface RatesByDifficulty {
  readonly success: Float64Array
  readonly failure: Float64Array
}

/**
 * The success at each difficulty of a model whose rate over all requests is `rate`.
 *
 * @param rate 0 to 1.
 * @param dependence 0, where difficulty changes nothing, to 5.
 */
export function ratesByDifficulty(rate: number, dependence: number): RatesByDifficulty {
  const wanted = Math.min(1 - LEAST_RATE, Math.max(LEAST_RATE, rate))
  const success = new Float64Array(DIFFICULTIES)
  const failure = new Float64Array(DIFFICULTIES)
  const logit = Math.log(wanted / (1 - wanted))
  // The mean of σ over a normal variable is about σ of a smaller number.
  let ability = logit * Math.sqrt(1 + (Math.PI / 8) * dependence ** 2)
  for (let step = 0; step < MOST_STEPS; step += 1) {
    let won = 0
    let lost = 0
    let slope = 0
    for (let at = 0; at < DIFFICULTIES; at += 1) {
      const x = ability - dependence * (difficulty[at] ?? 0)
      // Neither is 1 minus the other, which would lose what is small.
      const wins = 1 / (1 + Math.exp(-x))
      const loses = 1 / (1 + Math.exp(x))
      const share = difficultyShares[at] ?? 0
      success[at] = wins
      failure[at] = loses
      won += share * wins
      lost += share * loses
      slope += share * wins * loses
    }
    // In logits the mean is nearly a straight line, so Newton's steps converge at once.
    const miss = Math.log(won / lost) - logit
    if (Math.abs(miss) < PRECISION) break
    ability -= (miss * won * lost) / slope
  }
  return { success, failure }
}
