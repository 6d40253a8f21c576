import { expect, test } from 'vitest'
import type { StoredToken } from './read-tokens.ts'
import { createTokenBook } from './token-book.ts'
import { makeToken } from './token-text.ts'

const START_MS = 1_800_000_000_000

/** A book with a table that the test changes, and a clock that it moves. */
function aBook() {
  const table = new Map<string, StoredToken>()
  const state = { nowMs: 0, reads: 0, isAway: false, uses: [] as string[] }
  const book = createTokenBook(
    {
      async readTokens() {
        state.reads += 1
        if (state.isAway) throw new Error('away')
        return { tokens: new Map(table), databaseMs: START_MS + state.nowMs }
      },
      async storeUses(ids) {
        state.uses.push(...ids)
      },
      logger: { info: () => {}, warn: () => {} },
      nowMs: () => state.nowMs,
    },
    { pauseMs: 0, retryMs: 0 },
  )
  function add(fields: Partial<StoredToken> = {}): string {
    const { id, hash, text } = makeToken()
    table.set(id, {
      ...{ id, project: 'default', label: 'agents', scopes: ['read'], instances: null, hash },
      ...{ limits: {}, expiresAt: null, isRevoked: false, ...fields },
    })
    return text
  }
  const revoke = (text: string) => {
    const id = text.split('_')[1] ?? ''
    const known = table.get(id)
    if (known !== undefined) table.set(id, { ...known, isRevoked: true })
  }
  return {
    book,
    state,
    table,
    add,
    revoke,
    statusOf: async (text: string) => (await book.find(text)).status,
  }
}

test('knows a token by its secret only', async () => {
  const { add, statusOf } = aBook()
  const text = add()
  expect(await statusOf(text)).toBe('valid')
  const other = makeToken().text.split('_').slice(2).join('_')
  const [prefix, id] = text.split('_')
  for (const wrong of [
    `${prefix}_${id}_${other}`,
    `${text}x`,
    text.slice(0, -1),
    `${prefix}_${id}_`,
    'wr_',
  ]) {
    expect(await statusOf(wrong)).toBe('unknown')
  }
})

test('hears of a change after two seconds at the latest, and at once of one made here', async () => {
  const { book, state, add, revoke, statusOf } = aBook()
  const text = add()
  expect(await statusOf(text)).toBe('valid')
  revoke(text)
  state.nowMs = 1_999
  expect(await statusOf(text)).toBe('valid')
  state.nowMs = 2_001
  expect(await statusOf(text)).toBe('revoked')
  const second = add()
  state.nowMs += 1
  expect(await statusOf(second)).toBe('valid')
  revoke(second)
  state.nowMs += 1
  book.forget()
  expect(await statusOf(second)).toBe('revoked')
})

test('reads nothing more for tokens that it knows, and once for all that ask for an unknown one', async () => {
  const { state, add, statusOf } = aBook()
  const text = add()
  await statusOf(text)
  await Promise.all(Array.from({ length: 50 }, () => statusOf(text)))
  expect(state.reads).toBe(1)
  state.nowMs = 10
  await Promise.all(Array.from({ length: 50 }, () => statusOf(makeToken().text)))
  expect(state.reads).toBe(2)
})

test('expires by the clock of the database, also while that is away', async () => {
  const { state, add, statusOf } = aBook()
  const text = add({ expiresAt: new Date(START_MS + 60_000) })
  state.nowMs = 59_000
  expect(await statusOf(text)).toBe('valid')
  state.isAway = true
  state.nowMs = 60_000
  expect(await statusOf(text)).toBe('expired')
})

test('while the database is away, a known token works for a quarter of an hour, a revoked one never', async () => {
  const { state, add, revoke, statusOf } = aBook()
  const known = add()
  const revoked = add()
  revoke(revoked)
  expect(await statusOf(known)).toBe('valid')
  state.isAway = true
  state.nowMs = 15 * 60_000
  expect(await statusOf(known)).toBe('valid')
  expect(await statusOf(revoked)).toBe('revoked')
  // It may have been made since.
  expect(await statusOf(makeToken().text)).toBe('away')
  state.nowMs += 1
  expect(await statusOf(known)).toBe('away')
  expect(await statusOf(revoked)).toBe('revoked')
  state.isAway = false
  await expect.poll(() => statusOf(known)).toBe('valid')
})

test('nobody is known before the table was read once', async () => {
  const { state, add, statusOf } = aBook()
  const text = add()
  state.isAway = true
  expect(await statusOf(text)).toBe('away')
})

test('stores a use once a minute', async () => {
  const { book, state, add, statusOf } = aBook()
  const text = add()
  for (let at = 0; at < 120_000; at += 10_000) {
    state.nowMs = at
    await statusOf(text)
    await book.stop()
  }
  expect(state.uses).toHaveLength(2)
})
