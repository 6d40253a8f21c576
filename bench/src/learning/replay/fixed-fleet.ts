import { seededRandom } from '@winrate/demo/random/seeded-random'
import type { MakeFleet } from '../fleet/fleet.ts'

/** Always takes the first candidate in the task type's order; if none is in it, a random one. */
export function fixedFleet(orders: readonly (readonly number[])[]): MakeFleet {
  return (_world, seed) => {
    const random = seededRandom(seed)
    return {
      choose({ taskType, candidates }) {
        const wanted = orders[taskType]?.find((model) => candidates.includes(model))
        const drawn = candidates[Math.floor(random() * candidates.length)] ?? 0
        return { model: wanted ?? drawn, decisionId: undefined }
      },
      record() {},
      idle: () => undefined,
      restart() {},
      close: () => undefined,
    }
  }
}
