import type { DefaultWinRates, Snapshot } from '@winrate/shared-schema/contracts'
import { runAtOnce } from '@winrate/shared-schema/steps'
import { parseRequest } from '../routing/request/request.ts'
import { readRoutingBasis } from '../routing/table/routing-basis.ts'
import { createRoutingTable } from '../routing/table/routing-table.ts'

/** A Beta distribution of a model's mean reward. */
export interface PublishedPosterior {
  readonly alpha: number
  readonly beta: number
}

export interface ReadPosteriorsOptions {
  readonly defaults: DefaultWinRates
  /** Names of the models that requests list as candidates. */
  readonly models: readonly string[]
}

/**
 * What a router expects of a model by a snapshot alone: prior and evidence, without outcomes of its own. Undefined
 * under a policy without posteriors. Knows no catalogue.
 */
export function readPosteriors(
  snapshot: Snapshot,
  { defaults, models }: ReadPosteriorsOptions,
): (
  taskType: string,
  model: { readonly provider: string; readonly model: string },
) => PublishedPosterior | undefined {
  const knowledge = {
    catalogue: { entries: [], replace: true },
    defaults: { winRates: defaults, replace: true },
    models: undefined,
    similarTo: {},
  }
  const basis = runAtOnce(readRoutingBasis({ knowledge, snapshot, requested: new Set(models) }))
  const table = createRoutingTable(basis)
  return (taskType, { provider, model }) => {
    const { request } = parseRequest(taskType, { candidates: [{ provider, model }] })
    const posterior = table.candidates({ ...request, taskType })[0]?.posterior
    return posterior && { alpha: posterior.alpha, beta: posterior.beta }
  }
}
