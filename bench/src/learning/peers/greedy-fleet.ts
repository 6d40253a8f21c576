import { seededRandom } from '@winrate/demo/random/seeded-random'
import type { Fleet, MakeFleet, World } from '../fleet/fleet.ts'
import { createFleetTable } from './fleet-table.ts'

/** Number of outcomes from which a learned win rate counts. */
const LEAST_SAMPLES = 10
const EPSILON = 0.1

/** The best learned win rate with at least 10 samples, else the default. */
export const greedyFleet: MakeFleet = (world, seed) => createGreedyFleet(world, seed, 0)

/** Like greedy, but one decision in ten is drawn uniformly. */
export const epsilonFleet: MakeFleet = (world, seed) => createGreedyFleet(world, seed, EPSILON)

function createGreedyFleet(world: World, seed: number, epsilon: number): Fleet {
  const table = createFleetTable(world.taskTypes.length, world.models.length)
  const random = seededRandom(seed)

  function best(taskType: number, candidates: readonly number[]): number {
    let chosen: number | undefined
    let highest = -1
    for (const model of candidates) {
      const samples = table.samples(taskType, model)
      if (samples < LEAST_SAMPLES) continue
      const winRate = table.successes(taskType, model) / samples
      if (winRate <= highest) continue
      highest = winRate
      chosen = model
    }
    return chosen ?? defaultModel(world, taskType, candidates)
  }

  return {
    choose({ atMs, taskType, candidates }) {
      table.advance(atMs)
      const explores = epsilon > 0 && random() < epsilon
      const drawn = explores ? candidates[Math.floor(random() * candidates.length)] : undefined
      return { model: drawn ?? best(taskType, candidates), decisionId: undefined }
    },
    record: table.record,
    idle: () => undefined,
    restart() {},
    close: () => undefined,
  }
}

function defaultModel(world: World, taskType: number, candidates: readonly number[]): number {
  const wanted = world.defaults[taskType]?.model
  const [first = 0] = candidates
  return wanted !== undefined && candidates.includes(wanted) ? wanted : first
}
