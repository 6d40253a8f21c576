import type { Findings } from '@winrate/central-worker/testing'
import { readPosteriors } from '@winrate/router-client/testing'
import type { DefaultWinRates, Snapshot } from '@winrate/shared-schema/contracts'
import type { Learned, LearnedCell, World } from '../fleet/fleet.ts'
import { SNAPSHOT_INTERVAL_MS } from '../fleet/rhythm.ts'

export interface Published {
  readonly snapshot: Snapshot
  readonly findings: Findings
}

const INSTANCE = 'instance-'

export function instanceName(number: number): string {
  return `${INSTANCE}${String(number).padStart(2, '0')}`
}

/** What a snapshot says, in the world's numbers. */
export function learnedOf(
  { snapshot, findings }: Published,
  { models }: World,
  defaults: DefaultWinRates,
): Learned {
  const indices = new Map(models.map(({ model }, at) => [model, at]))
  let posteriors: ReturnType<typeof readPosteriors> | undefined
  return {
    atMs: snapshot.version * SNAPSHOT_INTERVAL_MS,
    cells: findings.cells.flatMap(({ taskType, modelName, samples, changedAt }): LearnedCell[] => {
      const model = indices.get(modelName)
      if (model === undefined || samples === 0) return []
      return [{ taskType, model, outcomes: samples, isBroken: changedAt !== null }]
    }),
    leftOut: new Set(
      findings.quarantines.map(({ instanceId }) => Number(instanceId.slice(INSTANCE.length))),
    ),
    posterior({ taskType, model }) {
      posteriors ??= readPosteriors(snapshot, { defaults, models: models.map((one) => one.model) })
      const named = models[model]
      return named && posteriors(taskType, named)
    },
  }
}
