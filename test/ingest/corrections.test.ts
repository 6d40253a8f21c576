// Whatever order outcomes and their corrections arrive in, and in whatever parts the corrections are applied: what
// counts at the end follows from the outcomes alone.
import { uuidV7 } from '@winrate/shared-schema/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  applyCorrections,
  ingestMessages,
} from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createIngestService } from '../../packages/central-worker/src/ingest/ingest-service.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { foldIncrements } from '../../packages/central-worker/src/postgres/fold-increments.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'

const database = await createTestDatabase()
const ingest = () => ingestMessages(database.pool, { maxMessages: 10, retentionDays: 30 })

function createIngest() {
  return createIngestService({
    queryable: database.pool,
    logger: createLogger('silent'),
    retentionDays: 30,
    outcomesPerStatement: 5_000,
    onIngested: () => {},
    onCrash: () => {},
  })
}

async function reset(): Promise<void> {
  await database.pool.query(
    emptying(`
    winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.outcome_corrections, pgmq.q_task_preferences`),
  )
}

/** Nothing corrects a counted outcome, and nothing newer corrects what it corrects. */
function expectedCounted(corrections: ReadonlyMap<string, string | undefined>): string[] {
  const all = [...corrections]
  return all
    .filter(
      ([id, corrects]) =>
        !all.some(([, other]) => other === id) &&
        !all.some(([rival, other]) => corrects !== undefined && other === corrects && rival > id),
    )
    .map(([id]) => id)
    .sort()
}

const OUTCOMES = 7

test('what counts does not depend on the order of arrival or on the parts', async () => {
  const now = Date.now()
  const ids = Array.from({ length: OUTCOMES }, (_, at) => uuidV7(now + at))
  const place = fc.nat({ max: OUTCOMES - 1 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.option(place, { freq: 3 }), { minLength: OUTCOMES, maxLength: OUTCOMES }),
      fc.shuffledSubarray([...ids.keys()], { minLength: OUTCOMES }),
      fc.array(fc.nat({ max: 3 }), { minLength: OUTCOMES, maxLength: OUTCOMES }),
      async (corrects, order, parts) => {
        await reset()
        const corrections = new Map(
          ids.map((id, at) => {
            const corrected = corrects[at]
            return [id, corrected === null || corrected === at ? undefined : ids[corrected ?? 0]]
          }),
        )
        for (const [step, at] of order.entries()) {
          const id = ids[at]
          await sendMessages(
            database,
            anOutcome({ outcome_id: id, corrects: corrections.get(id ?? '') }),
          )
          await ingest()
          await database.pool.query('select winrate.apply_corrections($1)', [parts[step]])
        }
        // In the smallest parts.
        while ((await database.count('select winrate.apply_corrections(1)')) > 0);
        await foldIncrements(database.pool)

        const counted = await database.rows<{ id: string }>(
          'select outcome_id as id from winrate.task_preferences where counted order by 1',
        )
        const expected = expectedCounted(corrections)
        expect(counted.map(({ id }) => id)).toEqual(expected)
        expect(
          await database.count('select coalesce(sum(samples), 0) from winrate.outcome_rollups'),
        ).toBe(expected.length)
      },
    ),
    { numRuns: 12 },
  )
}, 120_000)

test('a part reads no more than it applies, however many corrections one outcome has', async () => {
  await reset()
  const now = Date.now()
  const wrong = anOutcome({ outcome_id: uuidV7(now) })
  const rivals = Array.from({ length: 3_000 }, (_, at) =>
    anOutcome({ outcome_id: uuidV7(now + 1 + at), corrects: wrong['outcome_id'] }),
  )
  await sendMessages(database, wrong, aSealedBatch(rivals))
  await ingest()
  const client = await database.pool.connect()
  await client.query('begin')
  // The server also counts what this connection read shortly before.
  const countRead = async (): Promise<number> => {
    const { rows } = await client.query(`
      select coalesce(sum(coalesce(idx_tup_fetch, 0) + seq_tup_read), 0)::int as read
      from pg_stat_xact_user_tables where relname like 'task_preferences%'`)
    return rows[0].read
  }
  const before = await countRead()
  await client.query('select winrate.apply_corrections(10)')
  const read = (await countRead()) - before
  await client.query('commit')
  client.release()
  expect(read).toBeGreaterThan(0)
  expect(read).toBeLessThan(500)
  expect(await applyCorrections(database.pool)).toBe(2_990)
  expect(
    await database.rows('select outcome_id from winrate.task_preferences where counted'),
  ).toEqual([{ outcome_id: rivals.at(-1)?.['outcome_id'] }])
})

test('corrections wait for a batch that takes long, and hold up no other batch', async () => {
  await reset()
  const wrong = anOutcome({ success: false })
  await sendMessages(database, wrong, anOutcome({ corrects: wrong['outcome_id'] }))
  await ingest()
  const other = await database.pool.connect()
  await other.query('begin')
  await other.query('lock table winrate.lock_corrections in row share mode')
  await sendMessages(database, anOutcome())
  expect(await createIngest().runOnce()).toMatchObject({ stored: 1 })
  expect(await database.count('select count(*) from winrate.task_preferences where counted')).toBe(
    2,
  )
  await other.query('rollback')
  other.release()
  expect(await applyCorrections(database.pool)).toBe(1)
})

test('very many corrections are applied over several turns, between which ingest goes on', async () => {
  await reset()
  const wrong = Array.from({ length: 5_500 }, () => anOutcome({ success: false }))
  const right = wrong.map(({ outcome_id }) => anOutcome({ corrects: outcome_id }))
  await sendMessages(database, aSealedBatch(wrong), aSealedBatch(right))
  await ingest()
  expect([await applyCorrections(database.pool), await applyCorrections(database.pool)]).toEqual([
    5_000, 500,
  ])
  await foldIncrements(database.pool)
  expect(await database.count('select sum(successes) from winrate.outcome_rollups')).toBe(5_500)
})
