// The estimators, as scores of a decision. With w for chance under the target / propensity, q for what
// was expected of the candidate and V for what was expected of the target:
//
// - inverse propensity scoring (Horvitz and Thompson 1952): w·y
// - self-normalised (Swaminathan and Joachims 2015): Σ w·y / Σ w
// - doubly robust (Dudík, Langford and Li 2011): V + w·(y - q)
//
// Where only a share of a candidate's decisions reports y, those that do stand for the others: w is
// divided by that share.
import type { LoggedCell, LoggedCells, Measure } from '../log/logged-cells.ts'
import type { Score } from '../log/moments.ts'
import { meanScore, type Quantity } from '../log/quantity.ts'
import type { WeighedCells } from './weigh-cells.ts'

export interface TargetQuantities {
  readonly ips: Quantity
  readonly snips: Quantity
  readonly dr: Quantity
  /** Doubly robust estimate less what was logged, decision by decision. */
  readonly difference: Quantity
}

/** What was logged: the mean over the decisions. */
export function loggedQuantity(measure: Measure, logged: LoggedCells): Quantity {
  const scale = loggedScale(measure, logged)
  return { measure, scores: logged.cells.map((cell) => ({ ...nothing, y: scale(cell) })) }
}

/** Undefined where no decision that reports the measure agrees with the target. */
export function targetQuantities(
  measure: Measure,
  logged: LoggedCells,
  weighed: WeighedCells,
): TargetQuantities | undefined {
  const { cells } = logged
  const weightOf = (cell: LoggedCell, at: number) => {
    const share = cell.knownShare[measure]
    return share > 0 ? (weighed.chances[at] ?? 0) / share : 0
  }
  const weights = cells.map(weightOf)
  const score = (make: (weight: number, at: number) => Partial<Score>): Quantity => ({
    measure,
    scores: weights.map((weight, at) => ({ ...nothing, ...make(weight, at) })),
  })
  const ips = score((weight) => ({ uy: weight }))
  const meanWeight = meanScore(
    score((weight) => ({ u: weight })),
    logged,
  )
  if (!(meanWeight > 0)) return undefined
  const value = meanScore(ips, logged) / meanWeight
  const influence = score((weight) => ({
    u: (-weight * value) / meanWeight,
    uy: weight / meanWeight,
  }))
  const scale = loggedScale(measure, logged)
  const robust = (weight: number, at: number) => ({
    base: weighed.expectedOfPolicy[measure][at] ?? 0,
    u: -weight * (weighed.expected[measure][at] ?? 0),
    uy: weight,
  })
  return {
    ips,
    snips: { ...influence, value },
    dr: score(robust),
    difference: score((weight, at) => {
      const cell = cells[at]
      return { ...robust(weight, at), y: cell === undefined ? 0 : -scale(cell) }
    }),
  }
}

export interface Weights {
  /** 1 but for chance, where every candidate of a task type could have been drawn. */
  readonly mean: number
  readonly meanStandardError: number
  /** (Σ w)² / Σ w²: as many decisions of the target's own would tell about as much (Kish 1965). */
  readonly effectiveSampleSize: number
}

export function weightsOf({ cells, decisions }: LoggedCells, { chances }: WeighedCells): Weights {
  let sum = 0
  let squares = 0
  cells.forEach(({ known: { success } }, at) => {
    const chance = chances[at] ?? 0
    sum += chance * success.u
    squares += chance * chance * success.uu
  })
  const count = Math.max(1, decisions)
  const mean = sum / count
  return {
    mean,
    meanStandardError: Math.sqrt(Math.max(0, squares / count - mean * mean) / count),
    effectiveSampleSize: squares === 0 ? 0 : (sum * sum) / squares,
  }
}

const nothing: Score = { base: 0, u: 0, uy: 0, y: 0 }

/** What each known y is multiplied by, so that the mean over all decisions is that of the known ones. */
function loggedScale(measure: Measure, { cells, decisions }: LoggedCells) {
  const covered = cells.reduce(
    (sum, cell) => (cell.knownShare[measure] > 0 ? sum + cell.decisions : sum),
    0,
  )
  return ({ knownShare }: LoggedCell): number => {
    const share = knownShare[measure]
    return share > 0 ? decisions / covered / share : 0
  }
}
