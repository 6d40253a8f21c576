// What a client that invents cells costs: ticks before it, after it, and after a restart of the worker.
import pg from 'pg'
import type { BenchPostgres } from '../measuring/bench-postgres.ts'
import type { BenchReport } from '../measuring/run-bench.ts'
import { renderTable } from '../measuring/table.ts'
import { createMeasuredTicks, type MeasuredTick } from './measured-ticks.ts'

interface InventedTick extends Partial<MeasuredTick> {
  readonly name: string
  readonly rssMiB: number
  /** Why the tick failed. */
  readonly problem?: string
}

export async function runInvented(
  { cells }: { readonly cells: number },
  { connectionString, onEnd }: BenchPostgres,
): Promise<BenchReport> {
  const pool = new pg.Pool({ connectionString, max: 2 })
  onEnd(() => pool.end())
  await pool.query(`select winrate.apply_retention('30 days')`)
  await pool.query(
    increments(`'task-' || at % 7, 'model-' || at % 20, 'fleet-' || at % 50`),
    [7_000],
  )
  const ticks: InventedTick[] = []
  let replica = createMeasuredTicks({ connectionString })
  const tick = async (name: string) => {
    const result = await replica.run().catch((error: Error) => ({ problem: error.message }))
    ticks.push({ name, rssMiB: process.memoryUsage.rss() / 2 ** 20, ...result })
    process.stderr.write(`${JSON.stringify(ticks.at(-1))}\n`)
  }
  await tick('a fleet of 140 cells')
  await pool.query(increments(`'junk-' || at % 1000, 'invented-model-' || at, 'one-client'`), [
    cells,
  ])
  for (const name of ['the next tick', 'the second', 'the third']) await tick(name)
  await replica.close()
  replica = createMeasuredTicks({ connectionString })
  await tick('the first of another process')
  await replica.close()
  const { rows } = await pool.query<{ cells: number; bytes: number }>(
    `select cells, length(body_gzip) as bytes from winrate.snapshots order by version desc limit 1`,
  )
  const peakRssMiB = process.resourceUsage().maxRSS / 1_024
  const snapshot = rows[0]
  const number = (value: number | undefined) => value?.toFixed(0) ?? 'failed'
  const table = renderTable(
    ['tick', 'database ms', 'wall ms', 'longest stall ms', 'RSS MiB'],
    ticks.map(({ name, databaseMs, wallMs, stallMs, rssMiB }) => [
      name,
      ...[databaseMs, wallMs, stallMs, rssMiB].map(number),
    ]),
  )
  return {
    table: `${cells.toLocaleString('en-US')} invented cells of one client. At most ${peakRssMiB.toFixed(0)} MiB resident. The snapshot has ${snapshot?.cells} cells and ${snapshot?.bytes} bytes.\n\n${table}`,
    figures: { invented: cells, ticks, peakRssMiB, snapshot },
  }
}

/** Outcomes of the present hour, as ingest notes them for the next fold. */
function increments(columns: string): string {
  return `
    with named (task_type, model_name, instance_id) as (
      select ${columns} from generate_series(1, $1::int) as at
    )
    insert into winrate.rollup_increments
    select date_trunc('hour', now(), 'UTC'), task_type, model_name, 'invented', '', instance_id,
      1, 1, 0, 0.8, 1, 900, 1, 0.01, 1
    from named`
}
