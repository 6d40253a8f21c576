// Runs the whole loop for an hour, and says whether memory, descriptors, connections and the queue's lag stay flat.
//
//   npm run bench:soak [-- --minutes 60 --rate 2000 --clients 200 --life-s 120 --quick --json]

import { parseBenchFlags } from '../measuring/bench-flags.ts'
import { withBenchPostgres } from '../measuring/bench-postgres.ts'
import { runBench } from '../measuring/run-bench.ts'
import { runSoak, type SoakOptions } from './run-soak.ts'
import { judgeSoak, renderSoak } from './soak-report.ts'

const help = `npm run bench:soak -- [flags]

Runs one worker on an embedded Postgres, and clients that come and go in four separate processes; every tenth
client sends to Postgres, the others over HTTP. Needs Linux. Exits with 1 where something grew or an outcome is missing.

  --minutes N    duration of the load (60; quick 1)
  --rate N       outcomes recorded per second, over all clients (2000; quick 400)
  --clients N    how many clients are there at a time (200; quick 40)
  --life-s N     how long a client stays in the mean, in seconds (120; quick 10)
  --sample-s N   time between two samples, in seconds (10; quick 2)
  --quick        a short run
  --json         print one JSON object as the last line, with all samples
`

await runBench({
  name: 'soak',
  help,
  async run(args) {
    const options = readOptions(args)
    const result = await withBenchPostgres((postgres) => runSoak(options, postgres))
    const verdict = judgeSoak(options, result)
    if (!verdict.isFlat || verdict.missing !== 0) process.exitCode = 1
    return {
      table: renderSoak(options, result, verdict),
      figures: { ...options, ...verdict, ...result },
    }
  },
})

function readOptions(args: readonly string[]): SoakOptions {
  const given = parseBenchFlags(args, {
    numbers: {
      minutes: { usual: 60, quick: 1 },
      rate: { usual: 2_000, quick: 400 },
      clients: { usual: 200, quick: 40 },
      'life-s': { usual: 120, quick: 10 },
      'sample-s': { usual: 10, quick: 2 },
    },
  })
  return {
    outcomesPerSecond: given.rate,
    durationMs: given.minutes * 60_000,
    clients: given.clients,
    lifeMs: given['life-s'] * 1_000,
    sampleMs: given['sample-s'] * 1_000,
  }
}
