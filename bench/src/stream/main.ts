// Measures the way of a committed snapshot to the whole fleet: time, bytes, server memory and client stalls.
//
//   npm run bench:stream [-- --readers 5000 --rounds 10 --quick --json]
import { parseBenchFlags } from '../measuring/bench-flags.ts'
import { withBenchPostgres } from '../measuring/bench-postgres.ts'
import { runBench } from '../measuring/run-bench.ts'
import { quantile } from '../measuring/spread.ts'
import { renderTable, spreadText } from '../measuring/table.ts'
import { runStream, type StreamOptions, type StreamResult } from './run-stream.ts'

const help = `npm run bench:stream -- [flags]

Runs the whole worker on an embedded Postgres, and readers of its stream in a separate process.

  --readers N   bare readers (5000; quick 1000)
  --rounds N    snapshots per figure (10; quick 3)
  --quick       a short run
  --json        print one JSON object as the last line
`

const HEARTBEATS_A_MINUTE = 4
const COLD_DELTAS = 10

await runBench({
  name: 'stream',
  help,
  async run(args) {
    const options = readOptions(args)
    const result = await withBenchPostgres((postgres) => runStream(options, postgres))
    return { table: render(options, result), figures: figuresOf(options, result) }
  },
})

function readOptions(args: readonly string[]): StreamOptions {
  const { readers, rounds } = parseBenchFlags(args, {
    numbers: { readers: { usual: 5_000, quick: 1_000 }, rounds: { usual: 10, quick: 3 } },
  })
  return {
    ...{ readers, rounds },
    routers: 50,
    storm: 1_000,
    changedRows: 250,
  }
}

function figuresOf(options: StreamOptions, result: StreamResult) {
  const { deltaStallsMs, ...figures } = result
  const stalls = warmStalls(result)
  return {
    applyP99Ms: result.delta.p99Ms.median,
    deltaBytes: minuteBytes(result),
    deltaApplyMaxMs: quantile(stalls, 1),
    deltaApplyP50Ms: quantile(stalls, 0.5),
    deltaApplyP90Ms: quantile(stalls, 0.9),
    deltaApplyFirstMs: deltaStallsMs[0],
    ...options,
    ...figures,
  }
}

/** Without the first stalls, during which code is compiled; ascending. */
function warmStalls({ deltaStallsMs }: StreamResult): readonly number[] {
  return deltaStallsMs.slice(COLD_DELTAS).sort((one, other) => one - other)
}

/** One delta per minute, and the heartbeats in between. */
function minuteBytes({ delta, heartbeatBytes }: StreamResult): number {
  return delta.bytes + HEARTBEATS_A_MINUTE * heartbeatBytes
}

function render(options: StreamOptions, result: StreamResult): string {
  const { readers, routers, changedRows, storm } = options
  const stalls = warmStalls(result)
  const ms = (value: number) => `${value.toFixed(2)} ms`
  const bytes = (value: number) => `${Math.round(value).toLocaleString('en-US')} B`
  return `${renderTable(
    [`commit sent → last byte at ${readers} readers, in use at ${routers} routers`, 'ms'],
    [
      [`delta of ${changedRows} of 5,000 rows, p99`, spreadText(result.delta.p99Ms, 1)],
      ['  p50', spreadText(result.delta.p50Ms, 1)],
      ['  p99 of the routers', spreadText(result.delta.routersP99Ms, 1)],
      ['whole snapshot of 350 cells, p99', spreadText(result.full.p99Ms, 1)],
      ['  p50', spreadText(result.full.p50Ms, 1)],
      ['  p99 of the routers', spreadText(result.full.routersP99Ms, 1)],
    ],
  )}\n${renderTable(
    ['cost', ''],
    [
      ['server memory per client (resident, after a collection)', bytes(result.bytesPerClient)],
      ['  before anything was sent', bytes(result.bytesPerIdleClient)],
      ['wire bytes per client and minute, delta and heartbeats', bytes(minuteBytes(result))],
      ['wire bytes of a whole snapshot of 350 cells', bytes(result.full.bytes)],
      [`failures of ${storm} that connect at once`, String(result.stormFailures)],
      ['  until the last has the snapshot of 5,000 cells', ms(result.stormMs)],
      ['longest stall of a client from a delta, median', ms(quantile(stalls, 0.5))],
      ['  p90', ms(quantile(stalls, 0.9))],
      ['  worst', ms(quantile(stalls, 1))],
      ['  from the first, before the code is compiled', ms(result.deltaStallsMs[0] ?? 0)],
      ['  from the first whole snapshot of 5,000 cells', ms(result.fullStallMs)],
      ['refused by routers', String(result.refused)],
    ],
  )}`
}
