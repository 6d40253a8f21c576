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

const HOUR_MS = 3_600_000

export class TableInUse {
  /** Decisions are made from it now. */
  current: RoutingTable
  readonly #input: TableInUseInput
  readonly #widening: ReturnType<typeof createWidening>
  #snapshot: Snapshot | undefined
  #share = 1

  constructor(input: TableInUseInput) {
    const { clock, staleAfterMs } = input
    this.#input = input
    this.current = this.#build(undefined, 1)
    const onShare = (share: number) => this.#weigh(share)
    this.#widening = createWidening({ clock, staleAfterMs, onShare })
  }

  /** Takes a new snapshot. When it throws, the old one stays in use. */
  replace(snapshot: Snapshot): void {
    this.current = this.#build(snapshot, 1)
    this.#snapshot = snapshot
    this.#share = 1
    this.#widening.end()
  }

  /** The snapshot is stale and has this age: its evidence counts less and less from now on. */
  widen(ageMs: number): void {
    const policy = this.#input.policy ?? this.#snapshot?.policy
    const hours = readPolicies(policy).staleHalfLifeHours
    if (hours !== undefined) this.#widening.begin(ageMs, hours * HOUR_MS)
  }

  /** The snapshot is no longer stale. */
  restore(): void {
    this.#widening.end()
    this.#weigh(1)
  }

  /** Ends the timer. */
  stop(): void {
    this.#widening.end()
  }

  #weigh(share: number): void {
    if (share === this.#share) return
    this.current = this.#build(this.#snapshot, share)
    this.#share = share
  }

  #build(snapshot: Snapshot | undefined, evidenceShare: number): RoutingTable {
    const { knowledge, policy, own } = this.#input
    return createRoutingTable(knowledge, { policy, snapshot, own, evidenceShare })
  }
}
