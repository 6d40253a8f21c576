// The command `npm run bench:learning`.
import { runBench } from '../measuring/run-bench.ts'
import { help } from './help.ts'
import { parseOptions } from './options.ts'
import { renderReport } from './report/render-report.ts'
import { type Progress, runBenchmark } from './run-benchmark.ts'

const PROGRESS_INTERVAL_MS = 2_000

await runBench({
  name: 'learning',
  help,
  async run(args) {
    const result = await runBenchmark(parseOptions(args), createProgress())
    return { table: renderReport(result), figures: { ...result } }
  },
})

function createProgress(): (progress: Progress) => void {
  const startMs = performance.now()
  let reportedMs = 0
  return ({ done, jobs }) => {
    const nowMs = performance.now()
    if (nowMs - reportedMs < PROGRESS_INTERVAL_MS && done < jobs) return
    reportedMs = nowMs
    const seconds = Math.round((nowMs - startMs) / 1000)
    process.stderr.write(`${done} of ${jobs} runs, ${seconds} s\n`)
  }
}
