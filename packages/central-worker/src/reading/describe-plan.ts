import type { ExplainedRequest } from '@winrate/router-client/testing'
import type { Plan } from '@winrate/shared-schema/http'

type Planned = NonNullable<ExplainedRequest['decision']['plan']>

/** A plan as people are told of it: each attempt with what the whole comes to once it is made. */
export function describePlan({
  attempts,
  expectedSuccess,
  expectedCostUsd,
  bestAlone,
}: Planned): Plan {
  let reached = 1
  let costSoFarUsd: number | null = 0
  const told = attempts.map((attempt) => {
    const call = callOf(attempt)
    const before = reached
    costSoFarUsd =
      costSoFarUsd === null || call.costUsd === null ? null : costSoFarUsd + before * call.costUsd
    reached *= 1 - call.successRate
    return { ...call, reached: before, successSoFar: 1 - reached, costSoFarUsd }
  })
  return {
    attempts: told,
    expectedSuccess,
    expectedCostUsd: expectedCostUsd ?? null,
    bestAlone: callOf(bestAlone),
  }
}

function callOf({
  provider,
  modelName,
  thinkingLevel,
  successRate,
  costUsd,
}: Planned['bestAlone']) {
  return {
    provider,
    modelName,
    thinkingLevel: thinkingLevel ?? null,
    successRate,
    costUsd: costUsd ?? null,
  }
}
