import { modelLevelKey } from '@winrate/shared-schema/contracts'
import { posteriorMean } from '@winrate/shared-schema/scoring'
import type { Candidate } from '../log/learned-results.ts'
import { type LoggedCells, type Measure, measures } from '../log/logged-cells.ts'
import type { ExpectedResults } from '../policy/expected-results.ts'
import type { TargetPolicy } from '../policy/target-policy.ts'

/** A target policy laid over the logged cells. */
export interface WeighedCells {
  /** Chance of each cell's candidate. */
  readonly chances: Float64Array
  /** What is expected of each cell's candidate, by measure. */
  readonly expected: Readonly<Record<Measure, Float64Array>>
  /** What is expected of the policy at each cell's task type, by measure. */
  readonly expectedOfPolicy: Readonly<Record<Measure, Float64Array>>
  /** Share of the policy's choices that no decision reporting the measure tells of. */
  readonly unsupportedShare: Readonly<Record<Measure, number>>
}

/** Outcomes that the prior of an expected result is worth. */
const PRIOR_MASS = 10

/** Works out, for each part, what the policy would choose and what is expected to come of it. */
export function weighCells(
  target: TargetPolicy,
  logged: LoggedCells,
  parts: readonly ExpectedResults[],
): WeighedCells {
  const { cells, decisions } = logged
  const chances = new Float64Array(cells.length)
  const expected = perMeasure(() => new Float64Array(cells.length))
  const expectedOfPolicy = perMeasure(() => new Float64Array(cells.length))
  const supported = perMeasure(() => 0)
  const byGroup = new Map<string, number[]>()
  cells.forEach(({ part, taskType }, at) => {
    const key = `${part} ${taskType}`
    byGroup.set(key, [...(byGroup.get(key) ?? []), at])
  })
  for (const { part, taskType, decisions: weight } of logged.groups()) {
    const knowledge = parts[part]
    if (knowledge === undefined) continue
    const places = byGroup.get(`${part} ${taskType}`) ?? []
    const chosen = target.chances(knowledge, taskType, logged.drawnAt(taskType))
    const chanceOf = new Map(
      chosen.map(({ candidate, chance }) => [modelLevelKey(candidate), chance]),
    )
    for (const at of places) {
      const candidate = cells[at]?.candidate
      if (candidate !== undefined) chances[at] = chanceOf.get(modelLevelKey(candidate)) ?? 0
    }
    for (const measure of measures) {
      const mean = (candidate: Candidate) => expectedOf(knowledge, measure, taskType, candidate)
      let ofPolicy = 0
      for (const { candidate, chance } of chosen) {
        ofPolicy += chance * mean(candidate)
        if (logged.reports(measure, taskType, candidate)) supported[measure] += weight * chance
      }
      for (const at of places) {
        const candidate = cells[at]?.candidate
        if (candidate !== undefined) expected[measure][at] = mean(candidate)
        expectedOfPolicy[measure][at] = ofPolicy
      }
    }
  }
  const unsupportedShare = perMeasure((measure) =>
    Math.max(0, 1 - supported[measure] / Math.max(1, decisions)),
  )
  return { chances, expected, expectedOfPolicy, unsupportedShare }
}

/** A bad guess widens the interval of the doubly robust estimate, and never makes it wrong. */
function expectedOf(
  knowledge: ExpectedResults,
  measure: Measure,
  taskType: string,
  candidate: Candidate,
): number {
  if (measure === 'costUsd') return knowledge.costUsd(taskType, candidate) ?? 0
  return posteriorMean(knowledge.posterior(measure, taskType, candidate, PRIOR_MASS))
}

function perMeasure<T>(make: (measure: Measure) => T): Record<Measure, T> {
  return { success: make('success'), reward: make('reward'), costUsd: make('costUsd') }
}
