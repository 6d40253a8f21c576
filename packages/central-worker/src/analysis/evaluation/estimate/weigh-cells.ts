import { modelLevelKey } from '@winrate/shared-schema/contracts'
import { posteriorMean } from '@winrate/shared-schema/scoring'
import type { Candidate } from '../log/learned-outcomes.ts'
import type { LoggedCell, LoggedCells } from '../log/logged-cells.ts'
import { type Measure, measures, perMeasure } from '../log/logged-outcomes.ts'
import type { ExpectedResults } from '../policy/expected-results.ts'
import type { Chance, TargetPolicy } from '../policy/target-policy.ts'

/** A logged cell as a target policy sees it. */
export interface WeighedCell extends LoggedCell {
  /** The chance that the target gives its candidate. */
  readonly chance: number
  /** What is expected of its candidate. */
  readonly expected: Readonly<Record<Measure, number>>
  /** What is expected of the target at its task type. */
  readonly expectedOfTarget: Readonly<Record<Measure, number>>
}

export type WeighedCells = ReturnType<typeof weighCells>

/** Outcomes that the prior of an expected result is worth. */
const PRIOR_MASS = 10

/**
 * Works out what the target would choose in each part, and what is expected to come of it.
 *
 * @param parts What had been learned before each part.
 */
export function weighCells(
  target: TargetPolicy,
  logged: LoggedCells,
  parts: readonly ExpectedResults[],
) {
  const supported = perMeasure(() => 0)
  const cells = logged.groups.flatMap((group): WeighedCell[] => {
    const { part, taskType } = group
    const learned = parts[part]
    if (learned === undefined) throw new Error(`nothing was learned before part ${part}`)
    const chosen = target.chances(learned, taskType, logged.drawnAt(taskType))
    const chances = new Map(
      chosen.map(({ candidate, chance }) => [modelLevelKey(candidate), chance]),
    )
    const expectedOfTarget = perMeasure((measure) =>
      meanExpected(learned, measure, taskType, chosen),
    )
    const decisions = group.cells.reduce((sum, cell) => sum + cell.decisions, 0)
    for (const measure of measures) {
      for (const { candidate, chance } of chosen) {
        if (logged.reports(measure, taskType, candidate)) supported[measure] += decisions * chance
      }
    }
    return group.cells.map((cell) => ({
      ...cell,
      chance: chances.get(modelLevelKey(cell)) ?? 0,
      expected: perMeasure(
        (measure) => expectedOf(learned, measure, taskType, cell) ?? expectedOfTarget[measure],
      ),
      expectedOfTarget,
    }))
  })
  return {
    /** In the order of the logged cells. */
    cells,
    /** Share of the target's choices that no decision reporting the measure tells of. */
    unsupportedShare: perMeasure((measure) =>
      Math.max(0, 1 - supported[measure] / Math.max(1, logged.decisions)),
    ),
  }
}

/**
 * What is expected of the target: of the choices for which anything is. The others count as the mean of these, here and
 * as candidates, so that the doubly robust estimate stays right for all that were drawn.
 */
function meanExpected(
  learned: ExpectedResults,
  measure: Measure,
  taskType: string,
  chosen: readonly Chance[],
): number {
  let sum = 0
  let known = 0
  for (const { candidate, chance } of chosen) {
    const expected = expectedOf(learned, measure, taskType, candidate)
    if (expected === undefined) continue
    sum += chance * expected
    known += chance
  }
  return known === 0 ? 0 : sum / known
}

function expectedOf(
  learned: ExpectedResults,
  measure: Measure,
  taskType: string,
  candidate: Candidate,
): number | undefined {
  return measure === 'costUsd'
    ? learned.costUsd(taskType, candidate)
    : posteriorMean(learned.posterior(measure, taskType, candidate, PRIOR_MASS))
}
