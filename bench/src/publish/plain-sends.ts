// Publishes to the same queue without a router: pgmq's own functions through `pg`, one call after another on
// each of two connections, as the router does.
import pg from 'pg'
import { wireOutcome } from './example-outcomes.ts'

const CONNECTIONS = 2

/** Returns outcomes per second. */
export async function sendOneByOne(connectionString: string, outcomes: number): Promise<number> {
  return await measureSends(connectionString, outcomes, 1, async (client, [text]) => {
    await client.query(`select from pgmq.send('task_preferences', $1::jsonb)`, [text])
  })
}

/** Returns outcomes per second. */
export async function sendInBatches(
  connectionString: string,
  outcomes: number,
  batchSize: number,
): Promise<number> {
  return await measureSends(connectionString, outcomes, batchSize, async (client, texts) => {
    await client.query(`select from pgmq.send_batch('task_preferences', $1::jsonb[])`, [texts])
  })
}

async function measureSends(
  connectionString: string,
  outcomes: number,
  batchSize: number,
  send: (client: pg.Client, texts: readonly string[]) => Promise<void>,
): Promise<number> {
  const clients = await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const client = new pg.Client({ connectionString })
      await client.connect()
      return client
    }),
  )
  try {
    const startMs = performance.now()
    let begun = 0
    await Promise.all(
      clients.map(async (client) => {
        while (begun < outcomes) {
          const first = begun
          begun += Math.min(batchSize, outcomes - begun)
          const texts = Array.from({ length: begun - first }, (_, at) =>
            JSON.stringify(wireOutcome(first + at)),
          )
          await send(client, texts)
        }
      }),
    )
    return outcomes / ((performance.now() - startMs) / 1_000)
  } finally {
    await Promise.all(clients.map((client) => client.end()))
  }
}
