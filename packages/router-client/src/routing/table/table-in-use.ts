// The routing table that decisions are made from: rebuilt with each snapshot, and repeatedly while a
// snapshot is stale.
import type { Policy, Snapshot } from '@winrate/shared-schema/contracts'
import { readPolicies } from '@winrate/shared-schema/scoring'
import type { Clock } from '../../runtime/clock.ts'
import {
  createRoutingTable,
  type OwnOutcomes,
  type RoutingKnowledge,
  type RoutingTable,
} from './routing-table.ts'
import { createWidening } from './widening.ts'

export interface TableInUseInput {
  readonly knowledge: RoutingKnowledge
  /** Overrides the snapshot's policy. */
  readonly policy: Policy | undefined
  readonly staleAfterMs: number
  readonly clock: Clock
  readonly own: OwnOutcomes
}

export type TableInUse = ReturnType<typeof createTableInUse>

const HOUR_MS = 3_600_000

export function createTableInUse(input: TableInUseInput) {
  const { knowledge, policy, staleAfterMs, clock, own } = input
  let snapshot: Snapshot | undefined
  let share = 1
  let table = createRoutingTable(knowledge, { policy, own })
  const widening = createWidening({ clock, staleAfterMs, onShare: weigh })

  function weigh(evidenceShare: number): void {
    if (evidenceShare === share) return
    table = createRoutingTable(knowledge, { policy, snapshot, own, evidenceShare })
    share = evidenceShare
  }

  return {
    current: (): RoutingTable => table,
    /** Takes a new snapshot. When it throws, the old one stays in use. */
    replace(next: Snapshot): void {
      table = createRoutingTable(knowledge, { policy, snapshot: next, own })
      snapshot = next
      share = 1
      widening.end()
    },
    /** The snapshot is stale and has this age: its evidence counts less and less from now on. */
    widen(ageMs: number): void {
      const hours = readPolicies(policy ?? snapshot?.policy).staleHalfLifeHours
      if (hours !== undefined) widening.begin(ageMs, hours * HOUR_MS)
    },
    /** The snapshot is no longer stale. */
    restore(): void {
      widening.end()
      weigh(1)
    },
    /** Ends the timer. */
    stop: (): void => widening.end(),
  }
}
