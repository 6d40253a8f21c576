// Measures what polls of snapshots cost the worker, directly and through nginx as deploy/nginx sets it up.
//
//   npm run bench:pollers [-- --pollers 50000 --every-s 60 --seconds 60 --repeats 2 --cells 1000 --quick --json]

import { parseBenchFlags } from '../measuring/bench-flags.ts'
import { withBenchPostgres } from '../measuring/bench-postgres.ts'
import { runBench } from '../measuring/run-bench.ts'
import { renderTable } from '../measuring/table.ts'
import { type PollersOptions, type PollersRow, runPollers } from './run-pollers.ts'

const help = `npm run bench:pollers -- [flags]

Runs one worker on an embedded Postgres, nginx before it, and pollers in a separate process, which share 128 kept
connections: directly and through nginx in turn, and at last through nginx without a worker. Needs Linux and nginx.

  --pollers N   how many clients poll (50000; quick 5000)
  --every-s N   how often each polls, in seconds (60)
  --seconds N   duration of each measurement (60; quick 5)
  --repeats N   repeats of each (2; quick 1)
  --cells N     cells of the snapshot (1000)
  --quick       a short run
  --json        print one JSON object as the last line
`

await runBench({
  name: 'pollers',
  help,
  async run(args) {
    const options = readOptions(args)
    const rows = await withBenchPostgres((postgres) => runPollers(options, postgres))
    return { table: render(rows), figures: { ...options, rows } }
  },
})

function readOptions(args: readonly string[]): PollersOptions {
  const given = parseBenchFlags(args, {
    numbers: {
      pollers: { usual: 50_000, quick: 5_000 },
      'every-s': { usual: 60, quick: 60 },
      seconds: { usual: 60, quick: 5 },
      repeats: { usual: 2, quick: 1 },
      cells: { usual: 1_000, quick: 1_000 },
    },
  })
  return {
    pollers: given.pollers,
    everyMs: given['every-s'] * 1_000,
    durationMs: given.seconds * 1_000,
    repeats: given.repeats,
    cells: given.cells,
  }
}

function render(rows: readonly PollersRow[]): string {
  return renderTable(
    ['asked', 'answers', 'cores: worker', 'nginx', 'p50, ms', 'p95, ms', 'p99, ms', 'kB each'],
    rows.map(({ through, known, answers, workerCores, nginxCores, p50Ms, p95Ms, p99Ms, bytes }) => {
      const count = Object.values(answers).reduce((sum, each) => sum + each, 0)
      return [
        `${through}, ${known ? 'nothing new' : 'a new snapshot'}`,
        Object.entries(answers)
          .map(([what, each]) => `${each} × ${what}`)
          .join(', '),
        ...[workerCores, nginxCores].map((cores) => cores.toFixed(3)),
        ...[p50Ms, p95Ms, p99Ms].map((ms) => ms.toFixed(1)),
        (bytes / count / 1_000).toFixed(1),
      ]
    }),
  )
}
