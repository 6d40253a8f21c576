import { randomBytes, randomUUID } from 'node:crypto'
import type { TestDatabase } from './test-database.ts'

/** A UUID v7 of the given time. */
export function uuidV7(atMs = Date.now()): string {
  const time = atMs.toString(16).padStart(12, '0')
  const random = randomBytes(10).toString('hex')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`
}

/** A good outcome as it travels; `fields` change it. */
export function anOutcome(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    outcome_id: uuidV7(),
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
    batch_id: uuidV7(),
    instance_id: 'instance-1',
    session_id: uuidV7(),
    sdk: 'test/1.0.0',
    sealed_at: new Date().toISOString(),
    dropped: {},
    outcomes,
    ...fields,
  }
}

/** Puts messages into the queue as any producer would. */
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
