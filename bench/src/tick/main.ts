import { parseBenchFlags } from '../measuring/bench-flags.ts'
import { withBenchPostgres } from '../measuring/bench-postgres.ts'
import { runBench } from '../measuring/run-bench.ts'
import { runInvented } from './run-invented.ts'
import { runTick } from './run-tick.ts'

await runBench({
  name: 'tick',
  help: `npm run bench:tick -- [flags]

Measures what a tick of aggregation costs over 1 million and 10 million outcomes of a week, with 1,000 cells
and 50 instances, after outcomes of 0, 10, 100 and 1,000 cells arrived: time in the database, longest stall
of the event loop, and ingest beside ticks. Uses the embedded Postgres in a temporary folder of 5 GB.

  --cells N            instead, measure ticks after one client invented N cells
  --quick              60 and 300 thousand outcomes, few repeats
  --json               print one JSON object as the last line
`,
  run(args) {
    const { quick, cells } = parseBenchFlags(args, { numbers: { cells: { usual: 0, quick: 0 } } })
    return withBenchPostgres((postgres) =>
      cells > 0 ? runInvented({ cells }, postgres) : runTick({ quick }, postgres),
    )
  },
})
