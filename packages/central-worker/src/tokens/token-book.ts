// The tokens of the database as this replica knows them. Guarantees: a change holds here after FRESH_MS and the time of one
// read; while the database is away a token works on for KEPT_MS, unless it was known to be over or its time is up by then.
import { timingSafeEqual } from 'node:crypto'
import type { StoredToken } from './read-tokens.ts'
import {
  createTokenPages,
  pageDefaults,
  type TokenPage,
  type TokenPagesDependencies,
} from './token-pages.ts'
import { readToken } from './token-text.ts'

/** A valid token, as requests are answered by it. */
export type KnownToken = Omit<StoredToken, 'hash' | 'isRevoked'>

export type FoundToken =
  | { readonly status: 'valid'; readonly token: KnownToken }
  /** `away`: the table cannot be read. */
  | { readonly status: 'unknown' | 'expired' | 'revoked' | 'away' }

export interface TokenBookDependencies
  extends Omit<TokenPagesDependencies, 'nowMs'>,
    Pick<UseDependencies, 'storeUses'> {
  /** A clock that never goes back. Default: that of this process. */
  readonly nowMs?: () => number
}

const defaults = {
  ...pageDefaults,
  freshMs: 2_000,
  keptMs: 15 * 60_000,
  /** A use is stored at most so often for a token. */
  useMs: 60_000,
}

export type TokenBook = ReturnType<typeof createTokenBook>

export function createTokenBook(
  dependencies: TokenBookDependencies,
  options: Partial<typeof defaults> = {},
) {
  const { nowMs = () => performance.now() } = dependencies
  const { freshMs, keptMs, useMs, ...ofPages } = { ...defaults, ...options }
  const pages = createTokenPages({ ...dependencies, nowMs }, ofPages)
  const uses = createUses({ ...dependencies, nowMs, useMs })
  const watches = new Map<string, Set<() => void>>()
  let watching: NodeJS.Timeout | undefined

  function stateOf(id: string, page: TokenPage): FoundToken {
    const known = page.tokens.get(id)
    // It may have been made while the table cannot be read.
    if (known === undefined) return { status: pages.isFailing() ? 'away' : 'unknown' }
    if (known.isRevoked) return { status: 'revoked' }
    const databaseMs = page.databaseMs + nowMs() - page.readMs
    if (known.expiresAt !== null && known.expiresAt.getTime() <= databaseMs) {
      return { status: 'expired' }
    }
    if (nowMs() - page.readMs > keptMs) return { status: 'away' }
    return { status: 'valid', token: known }
  }

  async function watchOnce(): Promise<void> {
    const page = await pages.since(nowMs() - freshMs)
    if (page === undefined) return
    for (const [id, ends] of watches) {
      const { status } = stateOf(id, page)
      // Who has a stream while the database is away keeps it: it tells nothing new.
      if (status !== 'valid' && status !== 'away') for (const end of ends) end()
    }
  }

  return {
    /** The token of this text. It never rejects. */
    async find(text: string): Promise<FoundToken> {
      const given = readToken(text)
      if (given === undefined) return { status: 'unknown' }
      const askedMs = nowMs()
      let page = await pages.since(askedMs - freshMs)
      // It may have been made just now.
      if (page?.tokens.has(given.id) === false) page = await pages.since(askedMs)
      if (page === undefined) return { status: 'away' }
      const known = page.tokens.get(given.id)
      if (known !== undefined && !timingSafeEqual(known.hash, given.hash)) {
        return { status: 'unknown' }
      }
      const found = stateOf(given.id, page)
      if (found.status === 'valid') uses.note(given.id)
      return found
    },
    /** Calls `end` within seconds of when the token is over; returns a function that ends this. */
    watch(id: string, end: () => void): () => void {
      const ends = watches.get(id) ?? new Set()
      watches.set(id, ends.add(end))
      watching ??= setInterval(() => void watchOnce(), freshMs).unref()
      return () => {
        ends.delete(end)
        if (ends.size === 0 && watches.get(id) === ends) watches.delete(id)
        if (watches.size > 0) return
        clearInterval(watching)
        watching = undefined
      }
    },
    /** The table was changed from here: the next request waits for what it holds now. */
    forget: pages.forget,
    async start(): Promise<void> {},
    /** Stores the last uses. */
    async stop(): Promise<void> {
      clearInterval(watching)
      await uses.flush()
    },
  }
}

interface UseDependencies {
  /** Stores that these tokens were used now. */
  readonly storeUses: (ids: readonly string[]) => Promise<void>
  readonly nowMs: () => number
  readonly useMs: number
}

const FLUSH_MS = 1_000

/** Which tokens were used, for the database. */
function createUses({ storeUses, useMs, nowMs }: UseDependencies) {
  const notedMs = new Map<string, number>()
  const pending = new Set<string>()
  let timer: NodeJS.Timeout | undefined

  async function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const ids = [...pending]
    pending.clear()
    // A use that cannot be stored is told by the next one.
    if (ids.length > 0) await storeUses(ids).catch(() => {})
  }

  return {
    flush,
    note(id: string): void {
      const last = notedMs.get(id)
      if (last !== undefined && nowMs() - last < useMs) return
      notedMs.set(id, nowMs())
      pending.add(id)
      timer ??= setTimeout(() => void flush(), FLUSH_MS).unref()
    },
  }
}
