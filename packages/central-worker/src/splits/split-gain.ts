// Whether some requests of a task type succeed otherwise than the rest of it, and whether models compare differently there:
// work that is harder for all models alike is no difference of models. Whether they do is asked of held-out outcomes: what is
// learned from one half has to predict the other half, so that a label without meaning gains nothing, however many values
// it has. Whether requests succeed otherwise is a Bayes factor, which tells it from fewer of them.

export interface Counts {
  readonly samples: number
  readonly successes: number
}

/** The outcomes of a model, in two halves. */
export type Halves = readonly [even: Counts, odd: Counts]

/** Of a model: the requests with a value, and the rest of the task type. */
export interface Compared {
  readonly own: Halves
  readonly rest: Halves
}

/** Outcomes that what is expected of a model counts as, against its own. */
const PRIOR_MASS = 12
/** A model without outcomes succeeds as the mean of all does, give or take these logits: the inverse of a variance. */
const MODEL_PRECISION = 1
/** The same of how much easier or harder the work is. */
const SHIFT_PRECISION = 0.25
const ROUNDS = 8

/** In logarithms of likelihood. */
export interface SplitGain {
  /** Of win rates of its own over those that the rest and one shift of all models lead to expect, of held-out outcomes both ways. */
  readonly ofModels: number
  /**
   * Of win rates of its own over those of the rest: a Bayes factor. Where they are the same, it ever exceeds c with a probability
   * of 1 / c at most, however models are chosen and whenever it is looked at (Ville 1939).
   */
  readonly ofAll: number
  /** Of the outcomes with the value: of a better model there than the one that the rest mostly calls over one rate for both. */
  readonly ofChoice: number
}

export function splitGain(models: readonly Compared[]): SplitGain {
  const [one, other] = [heldOutGain(models, 0), heldOutGain(models, 1)]
  const ofModels = Math.min(one, other) > 0 ? one + other : Math.min(one, other)
  return { ofModels, ofAll: bayesFactor(models), ofChoice: choiceGain(models) }
}

/** Of a win rate for the value and one for the rest over one for both, of each model, which begin alike at the mean of all. */
function bayesFactor(models: readonly Compared[]): number {
  const known = models.map(({ own, rest }) => ({ own: both(own), rest: both(rest) }))
  const sum = (name: keyof Counts) =>
    known.reduce((total, { own, rest }) => total + own[name] + rest[name], 0)
  const mean = (sum('successes') + 0.5) / (sum('samples') + 1)
  return known.reduce((gain, { own, rest }) => {
    const together = {
      samples: own.samples + rest.samples,
      successes: own.successes + rest.successes,
    }
    return gain + evidenceOf(own, mean) + evidenceOf(rest, mean) - evidenceOf(together, mean)
  }, 0)
}

/** The logarithm of the likelihood of outcomes, each expected from those before it. */
function evidenceOf({ samples, successes }: Counts, mean: number): number {
  const [hits, misses] = [PRIOR_MASS * mean, PRIOR_MASS * (1 - mean)]
  return (
    logGamma(hits + successes) -
    logGamma(hits) +
    logGamma(misses + samples - successes) -
    logGamma(misses) +
    logGamma(PRIOR_MASS) -
    logGamma(PRIOR_MASS + samples)
  )
}

/** Stirling's series, from arguments on at which its next term is below 1e-10. */
function logGamma(value: number): number {
  if (value < 10) return logGamma(value + 1) - Math.log(value)
  const square = value * value
  const series = (1 / 12 - (1 / 360 - 1 / (1260 * square)) / square) / value
  return (value - 0.5) * Math.log(value) - value + 0.5 * Math.log(2 * Math.PI) + series
}

/** Tells what pays, whether the rest calls the wrong model or a right one that only the requests with the value have no use for. */
function choiceGain(models: readonly Compared[]): number {
  const [usual] = [...models].sort(
    (one, other) => both(other.rest).samples - both(one.rest).samples,
  )
  if (usual === undefined) return 0
  const known = both(usual.own)
  const gains = models.map(({ own }) => {
    const { samples, successes } = both(own)
    if (successes * known.samples <= known.successes * samples) return 0
    return (
      surprise(known.samples + samples, known.successes + successes) -
      surprise(known.samples, known.successes) -
      surprise(samples, successes)
    )
  })
  return Math.max(0, ...gains)
}

function both([even, odd]: Halves): Counts {
  return { samples: even.samples + odd.samples, successes: even.successes + odd.successes }
}

/** Of outcomes at the rate that they have: minus the logarithm of their likelihood. */
function surprise(samples: number, successes: number): number {
  const term = (count: number) => (count === 0 ? 0 : count * Math.log(samples / count))
  return term(successes) + term(samples - successes)
}

/**
 * Of the requests with the value and of the rest: a path that calls other models is told by what the rest knows of them.
 * Both sides of the comparison move from what is expected by the same rule, in the one case each by its own outcomes, in the
 * other both by all. So nothing is gained where an expectation is only drawn towards the mean, as that of a model is
 * which always succeeds.
 */
function heldOutGain(models: readonly Compared[], half: 0 | 1): number {
  const expected = fit(models, half)
  let gain = 0
  for (const [at, { own, rest }] of models.entries()) {
    const [ofOwn = 0.5, ofRest = 0.5] = expected[at] ?? []
    const parts = [
      { halves: own, mean: ofOwn },
      { halves: rest, mean: ofRest },
    ].map(({ halves, mean }) => ({ mean, known: halves[half], tested: halves[half === 0 ? 1 : 0] }))
    const together = moveOf(parts)
    for (const part of parts) {
      const level = logit(part.mean)
      gain += likelihood(part.tested, chance(level + moveOf([part])))
      gain -= likelihood(part.tested, chance(level + together))
    }
  }
  return gain
}

/** How far outcomes move what was expected of them, in logits. */
function moveOf(parts: readonly { readonly known: Counts; readonly mean: number }[]): number {
  const sum = (of: (part: (typeof parts)[number]) => number) =>
    parts.reduce((total, part) => total + of(part), 0)
  const samples = sum(({ known }) => known.samples)
  if (samples === 0) return 0
  const mean = sum((part) => part.known.samples * part.mean) / samples
  const successes = sum(({ known }) => known.successes)
  return logit((successes + PRIOR_MASS * mean) / (samples + PRIOR_MASS)) - logit(mean)
}

function likelihood({ samples, successes }: Counts, rate: number): number {
  return successes * Math.log(rate) + (samples - successes) * Math.log(1 - rate)
}

/** Fits a term for each model and a shift of the requests with the value, by Newton's method, one coordinate at a time. */
function fit(
  models: readonly Compared[],
  half: 0 | 1,
): readonly (readonly [own: number, rest: number])[] {
  const trained = models.map(({ own, rest }) => ({ own: own[half], rest: rest[half] }))
  const all = trained.flatMap(({ own, rest }) => [own, rest])
  const sum = (name: keyof Counts) => all.reduce((total, counts) => total + counts[name], 0)
  const level = logit((sum('successes') + 0.5) / (sum('samples') + 1))
  const terms = models.map(() => level)
  let shift = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    let slope = -SHIFT_PRECISION * shift
    let curve = SHIFT_PRECISION
    for (const [at, { own, rest }] of trained.entries()) {
      const term = terms[at] ?? level
      const [p, q] = [chance(term + shift), chance(term)]
      const excess = own.successes - own.samples * p
      const rise = rest.successes - rest.samples * q + excess - MODEL_PRECISION * (term - level)
      const fall = rest.samples * q * (1 - q) + own.samples * p * (1 - p) + MODEL_PRECISION
      terms[at] = term + bounded(rise / fall)
      const moved = chance((terms[at] ?? term) + shift)
      slope += own.successes - own.samples * moved
      curve += own.samples * moved * (1 - moved)
    }
    shift += bounded(slope / curve)
  }
  return terms.map((term) => [chance(term + shift), chance(term)])
}

/** A step of Newton's method, which may overshoot. */
function bounded(step: number): number {
  return Math.max(-1, Math.min(1, step))
}

function logit(rate: number): number {
  return Math.log(rate / (1 - rate))
}

/** Never 0 or 1: a single outcome must not weigh infinitely. */
function chance(term: number): number {
  return Math.min(0.999, Math.max(0.001, 1 / (1 + Math.exp(-term))))
}
