// The routing table that decisions are made from: another one with each snapshot, and repeatedly while a snapshot is
// stale. What was read from the snapshot stays; only what depends on its age is made again.
import type { Policy, Snapshot } from '@winrate/shared-schema/contracts'
import { runAtOnce, type Steps } from '@winrate/shared-schema/steps'
import type { Pacer } from '../../budget/pacer.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { RateLimitedWarning } from '../../runtime/rate-limited-warning.ts'
import { type RoutingBasis, type RoutingKnowledge, readRoutingBasis } from './routing-basis.ts'
import { createRoutingTable, type OwnOutcomes, type RoutingTable } from './routing-table.ts'
import { createWidening } from './widening.ts'

export interface TableInUseInput {
  readonly knowledge: RoutingKnowledge
  /** Overrides the snapshot's policy. */
  readonly policy: Policy | undefined
  readonly staleAfterMs: number
  readonly clock: Clock
  readonly warn: RateLimitedWarning
  readonly own: OwnOutcomes
  /** Told of the budget in use. */
  readonly pacer?: Pacer | undefined
}

const HOUR_MS = 3_600_000
/** Names of requested models that are kept: the first ones, for those are what an agent usually asks for. */
const REQUESTED_KEPT = 1_000

export class TableInUse {
  /** Decisions are made from it now. */
  current: RoutingTable
  /** The same by the policy that is the baseline of the experiment; undefined where none is. */
  baseline: RoutingTable | undefined
  readonly #input: TableInUseInput
  readonly #widening: ReturnType<typeof createWidening>
  readonly #requested = new Set<string>()
  #basis: RoutingBasis
  #share = 1

  constructor(input: TableInUseInput) {
    const { clock, staleAfterMs } = input
    this.#input = input
    this.#basis = runAtOnce(readRoutingBasis(input))
    input.pacer?.use(this.#basis.budget)
    this.current = this.#tableOf(this.#basis, 1)
    this.baseline = this.#baselineOf(1)
    const onShare = (share: number) => this.#weigh(share)
    this.#widening = createWidening({ clock, staleAfterMs, onShare })
  }

  /**
   * Reads a new snapshot. The last step returns a function that puts it to use at once; until it is called the old
   * one stays in use.
   */
  *prepare(snapshot: Snapshot): Steps<() => void> {
    const { knowledge, policy } = this.#input
    const requested = this.#requested
    const basis = yield* readRoutingBasis({ knowledge, policy, snapshot, requested })
    return () => {
      this.#basis = basis
      this.#input.pacer?.use(basis.budget)
      this.#use(1)
      this.#widening.end()
      this.#reportPolicies(basis)
    }
  }

  #reportPolicies({ policies }: RoutingBasis): void {
    for (const kind of policies.unreadKinds) {
      const problem = `this version cannot read the policy ${kind} of the snapshot, and takes the best win rate instead`
      this.#input.warn('policy-unread', kind, { problem })
    }
  }

  /** The snapshot is stale and has this age: its evidence counts less and less from now on. */
  widen(ageMs: number): void {
    const hours = this.#basis.policies.staleHalfLifeHours
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
    if (share !== this.#share) this.#use(share)
  }

  #use(evidenceShare: number): void {
    this.current = this.#tableOf(this.#basis, evidenceShare)
    this.baseline = this.#baselineOf(evidenceShare)
    this.#share = evidenceShare
  }

  #baselineOf(evidenceShare: number): RoutingTable | undefined {
    const policies = this.#basis.experiment?.policies
    return (
      policies && this.#tableOf({ ...this.#basis, policies, experiment: undefined }, evidenceShare)
    )
  }

  #tableOf(basis: RoutingBasis, evidenceShare: number): RoutingTable {
    const onRequested = (modelName: string) => {
      if (this.#requested.size < REQUESTED_KEPT) this.#requested.add(modelName)
    }
    return createRoutingTable(basis, { own: this.#input.own, evidenceShare, onRequested })
  }
}
