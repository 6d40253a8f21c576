// Measures how long the pages with all task types take until they show something.
//
//   npm run bench:page [-- --tasks 50 --models 100 --repeats 5 --quick --json]
import { parseBenchFlags } from '../measuring/bench-flags.ts'
import { withBenchPostgres } from '../measuring/bench-postgres.ts'
import { runBench } from '../measuring/run-bench.ts'
import { spreadOf } from '../measuring/spread.ts'
import { renderTable, spreadText } from '../measuring/table.ts'
import { runPage } from './run-page.ts'

const help = `npm run bench:page -- [flags]

Opens the Overview and the Task types in Chromium, each time as a new visitor, from a worker with its own embedded
Postgres: time from the navigation until the first interval is drawn. Needs chromium on the PATH.

  --tasks N     task types (50; quick 5)
  --models N    models with outcomes at each (100; quick 10)
  --repeats N   visits of each page (5; quick 2)
  --quick       a short run
  --json        print one JSON object as the last line
`

await runBench({
  name: 'page',
  help,
  async run(args) {
    const { tasks, models, repeats } = parseBenchFlags(args, {
      numbers: {
        tasks: { usual: 50, quick: 5 },
        models: { usual: 100, quick: 10 },
        repeats: { usual: 5, quick: 2 },
      },
    })
    const options = { tasks, models, repeats }
    const { browser, pages } = await withBenchPostgres((postgres) => runPage(options, postgres))
    const rows = Object.entries(pages).map(([name, ms]) => [name, spreadText(spreadOf(ms))])
    const header = [`ms to the first interval, ${tasks} × ${models} cells, ${browser}`, 'median']
    return { table: renderTable(header, rows), figures: { ...options, browser, pages } }
  },
})
