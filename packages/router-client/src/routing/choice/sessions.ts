// Which candidate each session stays with, by task type. At least the latest 10,000 sessions are kept. A session that is not
// known here, as it began in another process, is drawn by what it is called: with the same snapshot it gets the same model.
import { BoundedMap } from '../../runtime/bounded-map.ts'
import { hashText } from '../../runtime/hash-text.ts'
import { hashNumber } from '../../runtime/random.ts'
import { type Candidate, isSameCandidate } from '../table/candidate.ts'
import type { Arm } from '../table/experiment.ts'
import type { Ranking } from './ranking.ts'

const SESSIONS_KEPT = 10_000
const SESSION_HASH_CHARS = 16

export interface Session {
  /** Names the session in its outcomes. */
  readonly hash: string
  /** What it is drawn by: 53 bits of its name and its task type. */
  readonly number: number
  /** How it began; undefined before. */
  begun:
    | {
        readonly candidate: Candidate
        readonly propensity: number
        readonly arm: Arm | undefined
      }
    | undefined
}

export function createSessions() {
  const sessions = new BoundedMap<string, Session>(SESSIONS_KEPT)
  return (taskType: string, sessionKey: string): Session => {
    const key = `${taskType} ${sessionKey}`
    const known = sessions.get(key)
    if (known !== undefined) return known
    const hash = hashText(sessionKey, SESSION_HASH_CHARS)
    const session = { hash, number: hashNumber(`${taskType} ${hash}`), begun: undefined }
    sessions.set(key, session)
    return session
  }
}

/** The place of a candidate in a ranking; -1 where it is not allowed. */
export function placeOf({ candidates }: Ranking, candidate: Candidate): number {
  return candidates.findIndex(({ candidate: one }) => isSameCandidate(one, candidate))
}
