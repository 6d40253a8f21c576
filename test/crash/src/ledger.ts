// What a producer knows of its outcomes: a file with one line per outcome, `id fate attempts`. Lines are
// written at once, so those of a killed process are complete. Attempts is how often the outcome may have arrived.
import { closeSync, openSync, writeSync } from 'node:fs'

/** What must be true of an outcome at the end, as its producer knows. */
export type Fate =
  /** Stored once for each id; without an id, once for each delivery. */
  | 'stored'
  /** Rejected with a reason. */
  | 'rejected'
  /** Dropped and counted by the client that recorded it: nowhere in the database. */
  | 'dropped'
  /** Refused with an answer that says so: nowhere in the database. */
  | 'refused'
  /** Recorded by a process that was killed before it got an answer: stored once or not at all. */
  | 'unknown'

export interface Ledger {
  write(id: string, fate: Fate, attempts?: number): void
  close(): void
}

export function openLedger(file: string): Ledger {
  const handle = openSync(file, 'a')
  return {
    write: (id, fate, attempts = 1) => void writeSync(handle, `${id} ${fate} ${attempts}\n`),
    close: () => closeSync(handle),
  }
}
