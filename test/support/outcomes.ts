import { randomUUID } from 'node:crypto'
import { uuidV7 } from '@winrate/shared-schema/contracts'
import type { TestDatabase } from './test-database.ts'

/** A valid outcome on the wire; `fields` replace its fields. */
export function anOutcome(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    outcome_id: uuidV7(Date.now()),
    decision_id: randomUUID(),
    task_type: 'coding',
    model_name: 'codex',
    provider: 'codex',
    success: true,
    response_quality: 0.9,
    response_time_ms: 1200,
    cost_usd: 0.01,
    instance_id: 'instance-1',
    occurred_at: new Date().toISOString(),
    ...fields,
  }
}

export function aSealedBatch(
  outcomes: readonly unknown[],
  fields: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    format: 1,
    batch_id: uuidV7(Date.now()),
    instance_id: 'instance-1',
    session_id: uuidV7(Date.now()),
    sdk: 'test/1.0.0',
    sealed_at: new Date().toISOString(),
    dropped: {},
    outcomes,
    ...fields,
  }
}

/** Sends messages to the queue like any producer. */
export async function sendMessages(
  database: TestDatabase,
  ...messages: readonly unknown[]
): Promise<void> {
  for (const message of messages) {
    await database.pool.query(`select pgmq.send('task_preferences', $1::jsonb)`, [
      JSON.stringify(message),
    ])
  }
}
