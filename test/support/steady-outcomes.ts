// Outcomes that are recorded steadily while a test breaks something, and accounted for by their ids afterwards.
import type { Router } from '@winrate/router-client'
import { uuidV7 } from '@winrate/shared-schema/contracts'
import type pg from 'pg'
import { expect, onTestFinished } from 'vitest'
import { waitUntil } from './wait-until.ts'

const TURN_MS = 20

export type SteadyOutcomes = ReturnType<typeof recordSteadily>

/** Records an outcome of model `codex` at task type `coding` with each router, each 20 ms. */
export function recordSteadily(routers: readonly Router[]) {
  const ids: string[] = []
  const timer = setInterval(() => {
    for (const router of routers) {
      const outcomeId = uuidV7(Date.now())
      const facts = { taskType: 'coding', model: 'codex', success: true, outcomeId }
      expect(router.recordPreference(facts)).toBe('queued')
      ids.push(outcomeId)
    }
  }, TURN_MS)
  onTestFinished(() => clearInterval(timer))
  return {
    ids,
    /** Waits until so many more are recorded. */
    more(count: number) {
      const wanted = ids.length + count
      return waitUntil(() => ids.length >= wanted, { describe: `${count} more outcomes` })
    },
    /** Ends recording, and waits until the routers have sent all. */
    async end(): Promise<void> {
      clearInterval(timer)
      for (const router of routers) {
        await waitUntil(async () => (await router.flush()).status === 'flushed', {
          describe: 'all outcomes are sent',
        })
      }
    },
  }
}

/** Waits until the queue is empty, and compares what is stored with what was recorded, id by id. */
export async function expectEachOnce(pool: pg.Pool, ids: readonly string[]): Promise<void> {
  const count = async (table: string) => {
    const { rows } = await pool.query(`select count(*)::int as count from ${table}`)
    return rows[0].count
  }
  await waitUntil(async () => (await count('pgmq.q_task_preferences')) === 0, {
    describe: 'an empty queue',
  })
  const { rows } = await pool.query<{ id: string }>(
    'select outcome_id::text as id from winrate.task_preferences',
  )
  expect(rows.map(({ id }) => id).sort()).toEqual([...ids].sort())
  expect(await count('winrate.rejected_outcomes')).toBe(0)
}
