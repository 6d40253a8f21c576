// Whether what a process left on disk belongs to the deployment that the next process serves.
import type { Fleet } from '@winrate/shared-schema/contracts'

/** What is known of where something comes from. */
export interface FleetOrigin {
  readonly fleet?: Fleet | undefined
  /** Of the worker or database, as `plainAddress` makes it. */
  readonly address?: string | undefined
}

/**
 * Why what is kept belongs to another deployment, for a sentence that begins with what is kept; undefined where nothing
 * says so. Ids of fleets decide where both are known, else addresses.
 *
 * @param expected Name or id of the fleet that the router belongs to, where its options say it.
 */
export function foreignOrigin(
  kept: FleetOrigin,
  present: FleetOrigin,
  expected?: string,
): string | undefined {
  const { fleet, address } = kept
  if (fleet !== undefined && expected !== undefined) {
    if (fleet.id === expected || fleet.name === expected) return undefined
    return `belongs to ${describeFleet(fleet)}, and this router to fleet "${expected}"`
  }
  if (fleet !== undefined && present.fleet !== undefined) {
    if (fleet.id === present.fleet.id) return undefined
    return `belongs to ${describeFleet(fleet)}, and this router to ${describeFleet(present.fleet)}`
  }
  if (address === undefined || present.address === undefined || address === present.address) {
    return undefined
  }
  return `came from ${describeFleet(fleet)} at ${address}, and this router's address is ${present.address}`
}

export function describeFleet(fleet: Fleet | undefined): string {
  if (fleet === undefined) return 'a fleet without an id'
  return fleet.name === undefined ? `fleet ${fleet.id}` : `fleet "${fleet.name}" (${fleet.id})`
}

/** The address without user, password and parameters; undefined for what is no URL. */
export function plainAddress(url: string | undefined): string | undefined {
  try {
    const { protocol, host, pathname } = new URL(url ?? '')
    return `${protocol.replace('postgresql:', 'postgres:')}//${host}${pathname.replace(/\/+$/, '')}`
  } catch {
    return undefined
  }
}
