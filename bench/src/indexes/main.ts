// Measures what each set of indexes on task_preferences costs ingest.
//
//   npm run bench:indexes [-- --outcomes 100000 --repeats 3 --quick --json]
import { parseBenchFlags } from '../measuring/bench-flags.ts'
import { withBenchPostgres } from '../measuring/bench-postgres.ts'
import { runBench } from '../measuring/run-bench.ts'
import { renderTable, spreadText } from '../measuring/table.ts'
import { type IndexRates, runIndexes } from './run-indexes.ts'

const help = `npm run bench:indexes -- [flags]

The worker empties a full queue with one consumer on an embedded Postgres with durable defaults: once with
the lean indexes of the migrations, once with all indexes of the original table.

  --outcomes N   outcomes per repeat (100000; quick 20000)
  --repeats N    interleaved repeats (3; quick 1)
  --quick        a short run
  --json         print one JSON object as the last line
`

await runBench({
  name: 'indexes',
  help,
  async run(args) {
    const { outcomes, repeats } = parseBenchFlags(args, {
      numbers: {
        outcomes: { usual: 100_000, quick: 20_000 },
        repeats: { usual: 3, quick: 1 },
      },
    })
    const rates = await withBenchPostgres((postgres) => runIndexes({ outcomes, repeats }, postgres))
    return { table: render(rates), figures: { ...figuresOf(rates), outcomes, repeats } }
  },
})

function figuresOf({ lean, original }: IndexRates) {
  return { ratio: lean.median / original.median, lean, original }
}

function render(rates: IndexRates): string {
  const rows = Object.entries(rates).map(([name, rate]) => [
    name,
    `${(rates.lean.median / rate.median).toFixed(2)} x`,
    spreadText(rate),
  ])
  return renderTable(['indexes', 'lean is', 'outcomes/s'], rows)
}
