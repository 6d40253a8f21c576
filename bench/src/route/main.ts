// The command `npm run bench:route`.
import { parseBenchFlags } from '../measuring/bench-flags.ts'
import { runBench } from '../measuring/run-bench.ts'
import { runRoute } from './run-route.ts'

const help = `npm run bench:route -- [flags]

Measures one whole decision of router.route(), including decision id and constraints, beside the local
evaluations of unleash-client, GrowthBook and OpenFeature (in memory). Each runs in a separate process. Then
measures the first decision after snapshots full of invented names.

  --quick   fewer repeats, within a minute
  --json    print one JSON object as the last line
`

await runBench({
  name: 'route',
  help,
  async run(args) {
    const { quick } = parseBenchFlags(args)
    return await runRoute(
      quick
        ? { repeats: 1, batches: 300, snapshotCells: [100_000] }
        : { repeats: 7, batches: 2_000, snapshotCells: [1_000, 10_000, 100_000] },
    )
  },
})
