// Values that SQL and TypeScript both compute must be the same.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isInCanary } from '../packages/central-worker/src/distribution/served-head.ts'
import { checkSnapshot } from '../packages/central-worker/src/observability/examine.ts'
import { storableText } from '../packages/central-worker/src/runtime/storable-text.ts'
import { createTestDatabase } from './support/test-database.ts'

const database = await createTestDatabase()

test('a canary reaches the same instances over every transport', async () => {
  const ids = fc.sample(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), 3_000)
  const storable = [...new Set(ids.map(storableText))]
  for (const share of [0, 0.01, 0.5, 0.99, 1]) {
    const rows = await database.rows<{ reached: boolean }>(
      `select winrate.is_in_canary(id, $2) as reached
       from unnest($1::text[]) with ordinality as given (id, place) order by place`,
      [storable, share],
    )
    const reached = rows.map((row) => row.reached)
    expect(reached).toEqual(storable.map((id) => isInCanary(id, share)))
    expect(reached.some(Boolean)).toBe(share > 0)
  }
})

test('a missing served snapshot fails the check', async () => {
  expect(await checkSnapshot(database.pool)).toMatchObject({ ok: true })
  await database.pool.query('update winrate.snapshot_head set version = 3')
  expect(await checkSnapshot(database.pool)).toMatchObject({
    ok: false,
    detail: expect.stringContaining('version 3 is served and missing'),
  })
})
