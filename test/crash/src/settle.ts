import { becomesTrue } from './becomes-true.ts'
import type { Parts, RunContext } from './parts.ts'
import type { CrashOptions } from './plan.ts'

/** Longest wait for one thing, beside what storing may take. */
const SETTLE_MS = 120_000
const OUTCOMES_PER_SECOND_STORED = 500

/** Waits until everything is stored and known to all clients, and ends them and the workers in order. */
export async function settle(
  { outcomes }: CrashOptions,
  { agents, workers, pool }: Parts,
  { say }: RunContext,
  note: (difference: string) => void,
): Promise<void> {
  const timeoutMs = SETTLE_MS + (outcomes / OUTCOMES_PER_SECOND_STORED) * 1_000
  const isReached = async (what: string, look: () => Promise<boolean> | boolean) => {
    say(`waiting: ${what}`)
    if (!(await becomesTrue(look, timeoutMs))) note(`not reached: ${what}`)
  }
  const isSettled = async () => {
    const { rows } = await pool.query<{ settled: boolean }>(`
      select not exists (select from pgmq.q_task_preferences)
        and not exists (select from winrate.rollup_increments)
        and not exists (select from winrate.outcome_corrections where applied_at is null) as settled`)
    return rows[0]?.settled === true
  }
  // A process that has just been started ends by a signal without any order.
  await isReached('the workers serve', workers.areServing)
  for (const agent of agents) agent.flush()
  await isReached('the clients have sent what they hold', () =>
    agents.every((agent) => agent.report().flushed),
  )
  await isReached('the queue is empty and everything is in the rollups', isSettled)
  const { rows } = await pool.query<{ epoch: string; version: number }>(
    'select epoch, version::int as version from winrate.snapshot_head',
  )
  await isReached(`every client has version ${rows[0]?.version} or a newer one`, () =>
    agents.every((agent) => {
      const { epoch, version = 0 } = agent.report()
      return epoch === rows[0]?.epoch && version >= (rows[0]?.version ?? 0)
    }),
  )
  say('waiting: the clients end by themselves')
  await Promise.all(agents.map((agent) => agent.close()))
  for (const agent of agents) {
    const { stepsBack } = agent.report()
    if (stepsBack > 0) note(`${agent.name} went back to an older snapshot ${stepsBack} times`)
  }
  await isReached('the queue is empty of what clients tell when they end', isSettled)
  say('waiting: the workers stop in order')
  await workers.stop()
}
