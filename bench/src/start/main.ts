// The command `npm run bench:start`.
import { parseBenchFlags } from '../measuring/bench-flags.ts'
import { runBench } from '../measuring/run-bench.ts'
import { runStart } from './run-start.ts'

const help = `npm run bench:start -- [flags]

Measures what the client weighs beside unleash-client, GrowthBook and OpenFeature: processor time of its import and
the time from there to a first decision, each in a new process; bytes installed; bytes in a bundle of esbuild.

  --quick   fewer repeats
  --json    print one JSON object as the last line
`

await runBench({
  name: 'start',
  help,
  run: (args) => runStart({ repeats: parseBenchFlags(args).quick ? 2 : 15 }),
})
