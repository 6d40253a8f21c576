// Which candidate each session stays with, by task type. At least the latest 10,000 sessions are kept.
import { BoundedMap } from '../../runtime/bounded-map.ts'
import { type Candidate, isSameCandidate } from '../table/candidate.ts'
import type { Ranking } from './ranking.ts'

const SESSIONS_KEPT = 10_000

/** How a session began. */
export interface Session {
  readonly candidate: Candidate
  /** How likely it was to begin with this candidate. */
  readonly propensity: number
}

export function createSessions() {
  return new BoundedMap<string, Session>(SESSIONS_KEPT)
}

/** The place of a session's candidate in a ranking; -1 where it is not allowed any more. */
export function placeOf({ candidates }: Ranking, { candidate }: Session): number {
  return candidates.findIndex(({ candidate: one }) => isSameCandidate(one, candidate))
}
