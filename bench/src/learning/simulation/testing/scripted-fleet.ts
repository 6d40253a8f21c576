import type { Fleet, FleetRequest, MakeFleet, Observation } from '../../fleet/fleet.ts'

/** A fleet that chooses as it is told, and keeps what it is asked and told. */
export interface ScriptedFleet {
  readonly make: MakeFleet
  readonly requests: FleetRequest[]
  readonly recorded: Observation[]
}

export function scriptedFleet(choose: (request: FleetRequest) => number): ScriptedFleet {
  const requests: FleetRequest[] = []
  const recorded: Observation[] = []
  const fleet: Fleet = {
    choose(request) {
      requests.push(request)
      return { model: choose(request), decisionId: undefined }
    },
    record: (observation) => recorded.push(observation),
    idle: () => undefined,
    restart() {},
    close: () => undefined,
  }
  return { make: () => fleet, requests, recorded }
}
