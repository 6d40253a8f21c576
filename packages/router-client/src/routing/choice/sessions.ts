// Which candidate each session stays with, by task type: 10,000 sessions at least, then the oldest leave.
import { BoundedMap } from '../../runtime/bounded-map.ts'
import { isRecord } from '../../runtime/unknown-value.ts'
import { parseSessionKey } from '../request/route-options.ts'
import type { Candidate } from '../table/candidate.ts'
import type { Ranking } from './ranking.ts'

export interface Session {
  readonly candidate: Candidate
  /** How likely it was to begin with this candidate. */
  readonly propensity: number
}

export type Sessions = BoundedMap<string, Session>

const SESSIONS_KEPT = 10_000

export function createSessions(): Sessions {
  return new BoundedMap<string, Session>(SESSIONS_KEPT)
}

/** What a request's session is kept under; undefined without a session key. */
export function sessionOf(taskType: string, rawOptions: unknown): string | undefined {
  if (rawOptions === undefined) return undefined
  const key = readSessionKey(rawOptions)
  return key === undefined ? undefined : `${taskType} ${key}`
}

/** The place of a session's candidate; below 0 where it is not allowed any more. */
export function placeOf({ ranked }: Ranking, { candidate }: Session): number {
  return ranked.findIndex(
    (one) =>
      one.candidate === candidate ||
      (one.candidate.modelName === candidate.modelName &&
        one.candidate.provider === candidate.provider &&
        one.candidate.thinkingLevel === candidate.thinkingLevel),
  )
}

function readSessionKey(rawOptions: unknown): string | undefined {
  try {
    return isRecord(rawOptions) ? parseSessionKey(rawOptions['sessionKey']) : undefined
  } catch {
    return undefined
  }
}
