// The estimators, as scores of a decision. With w for chance under the target / propensity, q for what
// was expected of the candidate and V for what was expected of the target:
//
// - inverse propensity scoring (Horvitz and Thompson 1952): w·y
// - self-normalised (Swaminathan and Joachims 2015): Σ w·y / Σ w
// - doubly robust (Dudík, Langford and Li 2011): V + w·(y - q)
//
// Where only a share of a candidate's decisions reports y, those that do stand for the others: w is
// divided by that share.
import type { LoggedCell, LoggedCells } from '../log/logged-cells.ts'
import type { Measure } from '../log/logged-outcomes.ts'
import { meanScore, type Quantity, type Score } from './quantity.ts'
import type { WeighedCell, WeighedCells } from './weigh-cells.ts'

export interface TargetQuantities {
  readonly ips: Quantity
  readonly snips: Quantity
  readonly dr: Quantity
  /** Doubly robust estimate less what was logged, decision by decision. */
  readonly difference: Quantity
}

/** The mean of what was logged. */
export function loggedQuantity(measure: Measure, logged: LoggedCells): Quantity {
  const scale = loggedScale(measure, logged)
  return { measure, scores: logged.cells.map((cell) => ({ ...nothing, y: scale(cell) })) }
}

/** Undefined where no decision that reports the measure agrees with the target. */
export function targetQuantities(
  measure: Measure,
  logged: LoggedCells,
  { cells, unsupportedShare }: WeighedCells,
): TargetQuantities | undefined {
  const chances = cells.map(({ chance }) => chance)
  // What a candidate costs that never reported it is no matter of how it does: the others stand for it.
  const covered = measure === 'costUsd' ? 1 - unsupportedShare.costUsd : 1
  const score = (make: (weight: number, cell: WeighedCell) => Partial<Score>): Quantity => ({
    measure,
    chances,
    scores: cells.map((cell) => {
      const share = cell.knownShare[measure] * covered
      return { ...nothing, ...make(share > 0 ? cell.chance / share : 0, cell) }
    }),
  })
  const ips = score((weight) => ({ uy: weight }))
  const weights = score((weight) => ({ u: weight }))
  const meanWeight = meanScore(weights, logged)
  if (!(meanWeight > 0)) return undefined
  const value = meanScore(ips, logged) / meanWeight
  const influence = score((weight) => ({
    u: (-weight * value) / meanWeight,
    uy: weight / meanWeight,
  }))
  const scale = loggedScale(measure, logged)
  const robust = (weight: number, cell: WeighedCell) => ({
    base: cell.expectedOfTarget[measure],
    u: -weight * cell.expected[measure],
    uy: weight,
  })
  return {
    ips,
    snips: { ...influence, value },
    dr: score(robust),
    difference: score((weight, cell) => ({ ...robust(weight, cell), y: -scale(cell) })),
  }
}

/** The weights themselves, whose mean is 1 except for chance where every candidate of a task type could have been drawn. */
export function weightQuantity({ cells }: WeighedCells): Quantity {
  const chances = cells.map(({ chance }) => chance)
  return { measure: 'success', chances, scores: chances.map((u) => ({ ...nothing, u })) }
}

/** (Σ w)² / Σ w²: as many decisions of the target's own would tell about as much (Kish 1965). */
export function effectiveDecisions({ cells }: WeighedCells): number {
  let sum = 0
  let squares = 0
  for (const { chance, known } of cells) {
    sum += chance * known.success.u
    squares += chance * chance * known.success.uu
  }
  return squares === 0 ? 0 : (sum * sum) / squares
}

const nothing: Score = { base: 0, u: 0, uy: 0, y: 0 }

/** What each known y is multiplied by, so that the mean over all decisions is that of the known ones. */
function loggedScale(measure: Measure, { cells, decisions }: LoggedCells) {
  const covered = cells.reduce(
    (sum, cell) => (cell.knownShare[measure] > 0 ? sum + cell.decisions : sum),
    0,
  )
  return ({ knownShare }: LoggedCell): number =>
    knownShare[measure] > 0 ? decisions / covered / knownShare[measure] : 0
}
