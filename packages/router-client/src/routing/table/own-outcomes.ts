import {
  type Expectation,
  expectReward,
  noEvidence,
  type Posterior,
} from '@winrate/shared-schema/scoring'
import type { Overlay, OverlayCell } from '../../overlay/overlay.ts'

/** What this instance knows of its own outcomes beyond the snapshot. */
export type OwnOutcomes = Pick<Overlay, 'revision' | 'cell'>

const noRewards: readonly number[] = []
const emptyCell: OverlayCell = { pending: () => noEvidence, recent: () => noRewards }

export const noOwnOutcomes: OwnOutcomes = {
  revision: () => 0,
  cell: () => emptyCell,
}

/** What a posterior expects with the own outcomes so far: `before` itself where they are unchanged. */
export function expectNow(
  cell: OverlayCell,
  posterior: Posterior,
  before?: Expectation,
): Expectation {
  const own = { pending: cell.pending(), recent: cell.recent() }
  const isUnchanged =
    before !== undefined &&
    before.own.pending.mass === own.pending.mass &&
    before.own.pending.reward === own.pending.reward &&
    before.own.recent.length === own.recent.length &&
    before.own.recent.every((reward, at) => reward === own.recent[at])
  return isUnchanged ? before : expectReward(posterior, own)
}
