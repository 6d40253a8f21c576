// The command `npm run bench:learning`.
import { UsageError } from '@winrate/demo/errors'
import { help } from './help.ts'
import { parseOptions } from './options.ts'
import { renderReport } from './report/render-report.ts'
import { type Progress, runBenchmark } from './run-benchmark.ts'

const PROGRESS_INTERVAL_MS = 2_000

try {
  const command = parseOptions(process.argv.slice(2))
  if (command.help) {
    process.stdout.write(help)
  } else {
    const result = await runBenchmark(command.options, createProgress())
    process.stdout.write(renderReport(result))
    if (command.options.json) process.stdout.write(`${JSON.stringify(result)}\n`)
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\nSee npm run bench:learning -- --help\n`)
  process.exitCode = 2
}

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
