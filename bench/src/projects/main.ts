// Measures what projects cost a worker that has nothing to do.
//
//   npm run bench:projects [-- --seconds 15 --quick --json]
import { setTimeout as sleep } from 'node:timers/promises'
import { spawnWorker } from '@winrate/demo/fleet/spawn-worker'
import pg from 'pg'
import { parseBenchFlags } from '../measuring/bench-flags.ts'
import { type BenchPostgres, withBenchPostgres } from '../measuring/bench-postgres.ts'
import { runBench } from '../measuring/run-bench.ts'
import { renderTable } from '../measuring/table.ts'
import { readCpuSeconds, readRssMiB } from '../measuring/watched-process.ts'

const help = `npm run bench:projects -- [flags]

Starts a worker with its own embedded Postgres and the ordinary settings, creates projects over HTTP, and measures what the idle worker
takes with 1, 5 and 20 of them, that of default included: its memory, its share of a core, its connections, and the transactions
of all databases a second, nearly each of one statement.

  --seconds N   how long each is measured, after as long a pause (20; quick 5)
  --quick       a short run
  --json        print one JSON object as the last line
`

const COUNTS = [1, 5, 20]

await runBench({
  name: 'projects',
  help,
  async run(args) {
    const { seconds } = parseBenchFlags(args, { numbers: { seconds: { usual: 20, quick: 5 } } })
    const found = await withBenchPostgres((postgres) => measure(seconds, postgres))
    const rows = found.map((one) => [
      ...[String(one.projects), one.memoryMiB.toFixed(0), one.cores.toFixed(3)],
      ...[String(one.connections), one.transactionsPerSecond.toFixed(1)],
    ])
    const header = ['projects', 'memory, MiB', 'cores', 'connections', 'transactions a second']
    return { table: renderTable(header, rows), figures: { seconds, found } }
  },
})

async function measure(seconds: number, { connectionString, onEnd }: BenchPostgres) {
  const worker = spawnWorker({ DATABASE_URL: connectionString, WINRATE_PORT: 0 })
  onEnd(async () => {
    worker.child.kill()
    await worker.ended
  })
  const url = await worker.url
  const pid = worker.child.pid ?? 0
  const server = new URL(connectionString)
  const own = server.pathname.slice(1)
  server.pathname = '/template1'
  const client = new pg.Client({ connectionString: server.href, application_name: 'bench' })
  await client.connect()
  onEnd(() => client.end())

  async function read(text: string): Promise<number> {
    const { rows } = await client.query<{ count: string }>(text, [own])
    return Number(rows[0]?.count)
  }
  const transactions = () =>
    read(
      'select sum(xact_commit + xact_rollback) as count from pg_stat_database where starts_with(datname, $1)',
    )

  const found = []
  for (const projects of COUNTS) {
    for (let at = (COUNTS[found.length - 1] ?? 1) + 1; at <= projects; at += 1) {
      await createProject(url, `team-${at}`)
    }
    await sleep(Math.max(seconds, 12) * 1_000)
    const before = { cpu: await readCpuSeconds(pid), done: await transactions(), ms: Date.now() }
    await sleep(seconds * 1_000)
    const cpu = (await readCpuSeconds(pid)) - before.cpu
    const done = (await transactions()) - before.done
    const passed = (Date.now() - before.ms) / 1_000
    const connections = await read(
      'select count(*) from pg_stat_activity where starts_with(datname, $1)',
    )
    found.push({
      ...{ projects, memoryMiB: await readRssMiB(pid), cores: cpu / passed, connections },
      transactionsPerSecond: done / passed,
    })
  }
  return found
}

async function createProject(url: string, name: string): Promise<void> {
  const answer = await fetch(`${url}/v1/projects`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  })
  if (!answer.ok) throw new Error(`${name} was not created: ${await answer.text()}`)
}
