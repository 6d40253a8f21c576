// Reads the table of tokens for a replica. Guarantees: at most one read at a time, and one in a PAUSE_MS, whoever asks;
// nothing is read unless somebody asks; it never rejects.
import { setTimeout as sleep } from 'node:timers/promises'
import { withinTime } from '../runtime/shared-read.ts'
import type { TokenTable } from './read-tokens.ts'

/** The table as one read found it. */
export interface TokenPage extends TokenTable {
  /** When the read began, by the clock of this process. */
  readonly readMs: number
}

export interface TokenPagesDependencies {
  readonly readTokens: () => Promise<TokenTable>
  readonly logger: Record<'info' | 'warn', (fields: object, message: string) => void>
  /** A clock that never goes back. */
  readonly nowMs: () => number
}

export const pageDefaults = {
  pauseMs: 250,
  /** Between attempts while the database is away. */
  retryMs: 2_000,
  /** A read that takes longer has failed. */
  limitMs: 4_000,
}

export function createTokenPages(
  { readTokens, logger, nowMs }: TokenPagesDependencies,
  { pauseMs, retryMs, limitMs }: typeof pageDefaults,
) {
  let page: TokenPage | undefined
  let reading: Promise<void> | undefined
  let begunMs = Number.NEGATIVE_INFINITY
  let changedMs = Number.NEGATIVE_INFINITY
  let isFailing = false

  function read(): Promise<void> {
    reading ??= readOnce().finally(() => {
      reading = undefined
    })
    return reading
  }

  async function readOnce(): Promise<void> {
    const pause = begunMs + (isFailing ? retryMs : pauseMs) - nowMs()
    if (pause > 0) await sleep(pause)
    const readMs = nowMs()
    begunMs = readMs
    try {
      page = { ...(await withinTime(readTokens(), limitMs)), readMs }
      if (isFailing) logger.info({}, 'tokens-read-again')
      isFailing = false
    } catch (error) {
      if (!isFailing) logger.warn({ err: error }, 'tokens-not-read')
      isFailing = true
    }
  }

  async function since(oldestMs: number): Promise<TokenPage | undefined> {
    // A read that had begun before may have missed what is asked for.
    while (page === undefined || page.readMs < Math.max(oldestMs, changedMs)) {
      const reading = read()
      // While the database is away nobody waits for it again and again.
      if (!isFailing) await reading
      if (isFailing) break
    }
    return page
  }

  return {
    /** A page of which the read began then or later; an older one, or none, where the database does not answer in time. */
    since,
    /** Whether the last read failed. */
    isFailing: () => isFailing,
    /** The table was changed from here: older pages are not taken while the database answers. */
    forget(): void {
      changedMs = nowMs()
    },
  }
}
