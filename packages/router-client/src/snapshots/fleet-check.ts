import type { Fleet } from '@winrate/shared-schema/contracts'
import { describeFleet, foreignOrigin } from '../runtime/fleet-origin.ts'
import type { RateLimitedWarning } from '../runtime/rate-limited-warning.ts'
import type { Offered } from './read-offer.ts'
import type { SnapshotSource } from './sources/snapshot-source.ts'

export interface FleetCheckInput {
  readonly source: SnapshotSource | undefined
  readonly cacheFile: string | undefined
  /** Name or id of the fleet that the router belongs to; undefined for any. */
  readonly fleet: string | undefined
  readonly warn: RateLimitedWarning
}

/** Keeps what another deployment published from being used, and tells when the source leads to another one. */
export function createFleetCheck({ source, cacheFile, fleet: expected, warn }: FleetCheckInput) {
  const address = source?.address
  return {
    /** Why a snapshot of this fleet must not be used, in a sentence. */
    problem({ kept = {}, origin }: Offered, fleet: Fleet | undefined): string | undefined {
      const leadsTo = kept.address === address ? kept.fleet : undefined
      const present = { address, fleet: leadsTo }
      const foreign = foreignOrigin({ fleet, address: kept.address }, present, expected)
      if (foreign === undefined) return undefined
      return origin === 'disk'
        ? `cacheFile ${cacheFile} ${foreign}: it is not used. Remove it, choose another path, or name your fleet by the option fleet`
        : `the snapshot ${foreign}: check the address of the source`
    },
    tellChange(before: Fleet | undefined, now: Fleet | undefined): void {
      if (before === undefined || now === undefined || before.id === now.id) return
      const problem = `the source leads to ${describeFleet(now)}, and what was learned so far came from ${describeFleet(before)}: check the address`
      warn('fleet-changed', now.id, { problem })
    },
  }
}
