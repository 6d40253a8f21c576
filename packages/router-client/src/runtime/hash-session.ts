import { createHash } from 'node:crypto'

/** Hides the key from whoever cannot guess it. Equal in all processes, whatever snapshot they have. */
export function hashSession(sessionKey: string): string {
  return createHash('sha256').update(sessionKey).digest('hex').slice(0, 16)
}
