import type { Instance, InstancePattern, Quarantine } from '@winrate/shared-schema/http'

/** All that is known of an instance. */
export interface InstanceRow {
  readonly instanceId: string
  /** Undefined where it has sent nothing in the window. */
  readonly instance: Instance | undefined
  /** Beside the rest of the fleet at its own mix of work; undefined where too little can be compared. */
  readonly compared: InstancePattern | undefined
  /** What is left out of it, and what an operator has decided. */
  readonly quarantine: Quarantine | undefined
}

export type InstanceState = 'counts' | 'left out' | 'trusted'

/** A ruling holds from the next tick on; until then what the last tick left out may still differ. */
export function stateOfInstance({ instance, quarantine }: InstanceRow): InstanceState {
  if (quarantine?.verdict?.verdict === 'quarantined') return 'left out'
  if (quarantine?.verdict?.verdict === 'trusted') return 'trusted'
  return (quarantine?.samples ?? instance?.quarantined?.samples ?? 0) > 0 ? 'left out' : 'counts'
}
