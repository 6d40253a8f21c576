import type pg from 'pg'

/** Removes everything from an earlier repeat: rows and unwritten pages. */
export async function emptyTables(client: pg.Client): Promise<void> {
  await client.query(`
    truncate winrate.task_preferences, winrate.outcome_rollups, winrate.rollup_increments,
      winrate.rollup_changes, winrate.rejected_outcomes, winrate.outcome_corrections,
      pgmq.q_task_preferences`)
  await client.query('checkpoint')
}
