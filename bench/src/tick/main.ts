import { parseBenchFlags } from '../measuring/bench-flags.ts'
import { withBenchPostgres } from '../measuring/bench-postgres.ts'
import { runBench } from '../measuring/run-bench.ts'
import { runContexts } from './run-contexts.ts'
import { runInvented } from './run-invented.ts'
import { runTick } from './run-tick.ts'

await runBench({
  name: 'tick',
  help: `npm run bench:tick -- [flags]

Measures what a tick of aggregation costs over 1 million and 10 million outcomes of a week, with 1,000 cells
and 50 instances, after outcomes of 0, 10, 100 and 1,000 cells arrived: time in the database, longest stall
of the event loop, and ingest beside ticks. Uses the embedded Postgres in a temporary folder of 5 GB.

  --cells N            instead, measure ticks after one client invented N cells
  --contexts N         instead, measure the sums of N outcomes by what requests belong to
  --quick              60 and 300 thousand outcomes, few repeats
  --json               print one JSON object as the last line
`,
  run(args) {
    const none = { usual: 0, quick: 0 }
    const { quick, cells, contexts } = parseBenchFlags(args, {
      numbers: { cells: none, contexts: none },
    })
    return withBenchPostgres((postgres) => {
      if (contexts > 0) return runContexts({ contexts }, postgres)
      return cells > 0 ? runInvented({ cells }, postgres) : runTick({ quick }, postgres)
    })
  },
})
