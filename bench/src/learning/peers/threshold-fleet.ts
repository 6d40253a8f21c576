import { thresholdRule } from '@winrate/shared-schema/scoring'
import type { MakeFleet } from '../fleet/fleet.ts'
import { createFleetTable } from './fleet-table.ts'

/**
 * The original's rule, with the function that the client uses: the learned win rate from 5 samples on, else
 * the default, else 0.5. It chooses the greatest, and the first of equals. Its estimate from similar task
 * types is left out: it applies to untried models, and here these have no data elsewhere either.
 */
export const thresholdFleet: MakeFleet = (world) => {
  const table = createFleetTable(world.taskTypes.length, world.models.length)

  function winRate(taskType: number, model: number): number {
    const assumed = world.defaults[taskType]
    return thresholdRule({
      samples: table.samples(taskType, model),
      successes: table.successes(taskType, model),
      defaultWinRate: assumed?.model === model ? assumed.winRate : undefined,
    }).winRate
  }

  return {
    choose({ atMs, taskType, candidates }) {
      table.advance(atMs)
      const [first = 0, ...others] = candidates
      const best = others.reduce(
        (chosen, model) => (winRate(taskType, model) > winRate(taskType, chosen) ? model : chosen),
        first,
      )
      return { model: best, decisionId: undefined }
    },
    record: table.record,
    idle: () => undefined,
    restart() {},
    close: () => undefined,
  }
}
