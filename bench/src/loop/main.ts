// Measures how long an outcome takes to reach the whole fleet, and whether the queue stays bounded.
//
//   npm run bench:loop [-- --rate 10000 --seconds 600 --interval-ms 60000 --quick --json]

import { parseBenchFlags } from '../measuring/bench-flags.ts'
import { withBenchPostgres } from '../measuring/bench-postgres.ts'
import { runBench } from '../measuring/run-bench.ts'
import { renderTable } from '../measuring/table.ts'
import { type LoopOptions, type LoopResult, runLoop } from './run-loop.ts'

const help = `npm run bench:loop -- [flags]

Runs two replicas of the worker on an embedded Postgres, and agents in separate processes.

  --rate N          outcomes recorded per second, over all agents (10000; quick 2000)
  --seconds N       duration of the load (600; quick 15)
  --interval-ms N   time between two ticks (60000; quick 3000)
  --quick           a short run
  --json            print one JSON object as the last line
`

await runBench({
  name: 'loop',
  help,
  async run(args) {
    const options = readOptions(args)
    const result = await withBenchPostgres((postgres) => runLoop(options, postgres))
    return { table: render(options, result), figures: { ...options, ...result } }
  },
})

function readOptions(args: readonly string[]): LoopOptions {
  const given = parseBenchFlags(args, {
    numbers: {
      rate: { usual: 10_000, quick: 2_000 },
      seconds: { usual: 600, quick: 15 },
      'interval-ms': { usual: 60_000, quick: 3_000 },
    },
  })
  return {
    outcomesPerSecond: given.rate,
    durationMs: given.seconds * 1_000,
    intervalMs: given['interval-ms'],
    publishers: 2,
    routers: 10,
  }
}

function render(options: LoopOptions, result: LoopResult): string {
  const { outcomesPerSecond, durationMs, intervalMs } = options
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`
  return renderTable(
    ['outcome → every router of the fleet', ''],
    [
      ['p95 minus the interval', seconds(result.p95Ms - intervalMs)],
      ['p50', seconds(result.p50Ms)],
      ['p95', seconds(result.p95Ms)],
      ['longest', seconds(result.maxMs)],
      ['offered', `${outcomesPerSecond}/s for ${durationMs / 1_000} s`],
      ['interval between ticks', seconds(intervalMs)],
      ['recorded', String(result.recorded)],
      ['stored', String(result.stored)],
      ['dropped', String(result.dropped)],
      ['in no snapshot at the end', String(result.missing)],
      ['snapshots in use', String(result.ticks)],
      ['messages waiting, at most', String(result.deepestQueue)],
      ['messages waiting, at the end', String(result.lastQueue)],
    ],
  )
}
