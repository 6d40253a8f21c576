// Lets a peer store outcomes: fills its queue, then measures how long its workers take to store all of them
// in bench.outcomes. bench/src/ingest runs it with a job as JSON; it prints one JSON object.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { insertOutcomes } from './insert-outcomes.mjs'

const job = JSON.parse(process.argv[2])
const pool = new pg.Pool({ connectionString: job.connectionString, max: 12 })
pool.on('error', (error) => console.error(error))
pool.on('connect', (client) => client.on('error', (error) => console.error(error)))
const { createConsumer } = await import(`./${job.peer}.mjs`)

let stored = 0
let finish
const finished = new Promise((resolve) => {
  finish = resolve
})
const consumer = await createConsumer({
  ...job,
  pool,
  async store(outcomes) {
    await insertOutcomes(pool, outcomes)
    stored += outcomes.length
  },
  // Called when an acknowledged job counts: after its outcomes are stored.
  onDone() {
    if (stored >= job.outcomes) finish()
  },
})
// The checkpoint comes before the queue is filled, as with Winrate.
await pool.query('checkpoint')
for await (const line of createInterface({ input: createReadStream(job.batchesFile) })) {
  await consumer.enqueue(JSON.parse(line).outcomes)
}
await pool.query('vacuum analyze')
const startedMs = performance.now()
const running = consumer.run()
await finished
await consumer.isEmpty?.()
const seconds = (performance.now() - startedMs) / 1_000
await consumer.stop()
await running
await pool.end()
console.log(JSON.stringify({ seconds }))
process.exit(0)
