import { type Evidence, noEvidence } from '../rewards/posterior.ts'
import { DEFAULT_WORTH_SAMPLES, UNKNOWN_WIN_RATE } from './threshold-rule.ts'

/** How well models do at a task type on the whole. */
export interface TaskBase extends MeanOfModels {
  /** Outcomes that the prior of a model is worth here: the more, the less models differ. */
  readonly priorMass: number
}

export interface MeanOfModels {
  /** Mean reward over models, each model once however much was routed to it. */
  readonly mean: number
  /** 0 where nothing is known, towards 1 with the number of models that are known. */
  readonly certainty: number
}

/** How much models differ at one task type: a standard deviation of 0.15. */
const VARIANCE_OF_MODELS = 0.0225
/** That, to how much task types differ. */
export const MODELS_TO_TASK_TYPES = 0.1
/** A smaller mass counts as no evidence. */
const LEAST_MASS = 1e-9
/** Keeps a single outcome from counting in full where all models succeed or fail alike. */
const LEAST_HALF_WORTH = 1
/** The same formula at a rate of one half, before the rate of the task type is known. */
const FIRST_HALF_WORTH = 10

/** Bounds of what a prior is worth before it is known how much models differ: as by `VARIANCE_OF_MODELS`. */
const LEAST_USUAL_MASS = 3
const MOST_USUAL_MASS = 10
/** What a prior is worth at most where models hardly differ. */
const MOST_PRIOR_MASS = 60
/** Models that the usual mass counts as. */
const USUAL_WORTH_MODELS = 10

/** What models that nobody listed add to a base, to what listed ones do. */
const UNLISTED_TO_LISTED = 0.1

/**
 * The base of a task type from each model's evidence there. Models count alike, because routing sends
 * most requests to the best of them, so the mean over requests would be too high for the others.
 * A model counts by how well it is known (n / (n + h), h the variance of an outcome over that of models)
 * and the base by how many models are.
 *
 * @param listed Models that somebody named in a catalogue, in defaults or as candidates.
 * @param unlisted All others. Anybody may report outcomes of invented names, so these count as a tenth of the
 * listed models in all. The less is known of listed ones, the more the others count; where nothing is, fully.
 */
export function taskBase(
  listed: readonly Evidence[],
  unlisted: readonly Evidence[] = [],
): TaskBase {
  const rough = meanOverModels(listed, unlisted, FIRST_HALF_WORTH)
  if (rough.weight === 0) {
    return { mean: UNKNOWN_WIN_RATE, certainty: 0, priorMass: MOST_USUAL_MASS }
  }
  const variance = rough.mean * (1 - rough.mean)
  const halfWorth = Math.max(LEAST_HALF_WORTH, variance / VARIANCE_OF_MODELS)
  const { mean, weight, share } = meanOverModels(listed, unlisted, halfWorth)
  const certainty = weight / (weight + MODELS_TO_TASK_TYPES)
  const usual = clamp(variance / VARIANCE_OF_MODELS - 1, LEAST_USUAL_MASS, MOST_USUAL_MASS)
  const spread = sumSpread(listed, mean, halfWorth)
  const others = sumSpread(unlisted, mean, halfWorth)
  const correlation =
    (USUAL_WORTH_MODELS / (usual + 1) + spread.excess + share * others.excess) /
    (USUAL_WORTH_MODELS + spread.most + share * others.most)
  // The mass of a Beta distribution of rates at which two outcomes of a model correlate so much.
  const priorMass =
    correlation > 0 ? clamp(1 / correlation - 1, usual, MOST_PRIOR_MASS) : MOST_PRIOR_MASS
  return { mean, certainty, priorMass }
}

/**
 * By how much rates differ beyond chance, and by how much if each model always succeeded or always failed.
 * Their quotient is the correlation ρ of two outcomes of a model in `Var(rate) = v/n · (1 + (n - 1)·ρ)` with
 * v = μ(1 - μ) (beta-binomial moments).
 */
function sumSpread(results: readonly Evidence[], mean: number, halfWorth: number) {
  const bounded = clamp(mean, LEAST_MEAN, 1 - LEAST_MEAN)
  const variance = bounded * (1 - bounded)
  let excess = 0
  let most = 0
  for (const { mass, reward } of results) {
    // One outcome does not tell how much models differ.
    if (!(mass > 1)) continue
    const share = mass / (mass + halfWorth)
    excess += share * ((reward - mean) ** 2 / variance - 1 / mass)
    most += share * (1 - 1 / mass)
  }
  return { excess, most }
}

function meanOverModels(
  listed: readonly Evidence[],
  unlisted: readonly Evidence[],
  halfWorth: number,
) {
  const known = sumOverModels(listed, halfWorth)
  const others = sumOverModels(unlisted, halfWorth)
  const unknown = Math.max(0, 1 - 2 * known.weight)
  const most = Math.max(UNLISTED_TO_LISTED * known.weight, unknown * others.weight)
  const share = others.weight > most ? most / others.weight : 1
  const weight = known.weight + share * others.weight
  return { mean: (known.weighted + share * others.weighted) / weight, weight, share }
}

function sumOverModels(results: readonly Evidence[], halfWorth: number) {
  let weight = 0
  let weighted = 0
  for (const { mass, reward } of results) {
    if (!(mass > LEAST_MASS)) continue
    const share = mass / (mass + halfWorth)
    weight += share
    weighted += share * reward
  }
  return { weight, weighted }
}

/** What the same model did at another task type. */
export interface ResultElsewhere {
  readonly evidence: Evidence
  /** Similarity of that task type to the one asked about, 0 to 1. */
  readonly similarity: number
  /** The base of that task type. */
  readonly base: MeanOfModels
}

interface PriorEstimateInput {
  /** The base of the task type that the estimate is for. */
  readonly base: MeanOfModels
  readonly elsewhere: readonly ResultElsewhere[]
  /** The model's default win rate at this task type. */
  readonly defaultWinRate?: number | undefined
  /** What else is known of this task type: faded outcomes, other thinking levels. */
  readonly related?: Evidence | undefined
}

/** Outcomes at which a result counts half in a prior. */
const HALF_WORTH = 20
/** A good model is a little more likely to be good at any other task type too. */
const LEAST_SIMILARITY = 0.15
/** A related result of this task type tells as much as several results elsewhere. */
const RELATED_WORTH = 4
/** No reward is certain before its first outcome. */
const LEAST_MEAN = 0.02

/**
 * Expected reward of a (task type, model) before its own evidence: the weighted mean of
 *
 * - the base of the task type, by its certainty;
 * - an assumption, by 1 minus that certainty: the model's default here, else 0.5;
 * - the model's default here once more, as 20 outcomes;
 * - its results elsewhere, by similarity and mass, each moved by the difference between the bases of the
 *   two task types, so that success at an easy task type does not promise success at a hard one;
 * - related results of this task type.
 *
 * So a cell is shrunk towards what the model does at all task types, and that towards what models do at this
 * one, and one lucky model does not raise the expectations of all others.
 */
export function priorEstimate({
  base,
  elsewhere,
  defaultWinRate,
  related = noEvidence,
}: PriorEstimateInput): number {
  let weight = 0
  let weighted = 0
  const add = (share: number, mean: number) => {
    weight += share
    weighted += share * mean
  }
  add(base.certainty, base.mean)
  add(1 - base.certainty, defaultWinRate ?? UNKNOWN_WIN_RATE)
  if (defaultWinRate !== undefined) add(worth(DEFAULT_WORTH_SAMPLES), defaultWinRate)
  for (const { evidence, similarity, base: baseThere } of elsewhere) {
    const moved = base.certainty * baseThere.certainty * (base.mean - baseThere.mean)
    add(Math.max(similarity, LEAST_SIMILARITY) * worth(evidence.mass), evidence.reward + moved)
  }
  add(RELATED_WORTH * worth(related.mass), related.reward)
  return clampMean(weighted / weight)
}

/** The mean of a prior: never a certainty. */
export function clampMean(mean: number): number {
  return clamp(mean, LEAST_MEAN, 1 - LEAST_MEAN)
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}

function worth(mass: number): number {
  return mass / (mass + HALF_WORTH)
}
