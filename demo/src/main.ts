#!/usr/bin/env node
// The command `npm run demo`: reads options, prints a report, sets an exit code and leaves nothing behind.
import { UsageError } from './errors.ts'
import { runAndCleanUp } from './fleet/run-and-clean-up.ts'
import { help } from './help.ts'
import { type DemoOptions, parseOptions } from './options.ts'
import { loadReplayMaterial } from './replay/load-replay-material.ts'
import { isComplete } from './report/demo-report.ts'
import { renderHeader } from './report/render-header.ts'
import { renderReport } from './report/render-report.ts'
import { renderService } from './report/render-service.ts'
import { createScreen } from './report/screen.ts'
import { runDemo } from './run-demo.ts'

const EXIT_INCOMPLETE = 1
const EXIT_USAGE = 2

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  try {
    const command = parseOptions(args)
    if (!command.help) return await demo(command.options)
    process.stdout.write(help)
    return 0
  } catch (error) {
    process.stderr.write(`winrate demo: ${error instanceof Error ? error.message : error}\n`)
    if (!(error instanceof UsageError)) return EXIT_INCOMPLETE
    process.stderr.write('Try npm run demo -- --help\n')
    return EXIT_USAGE
  }
}

async function demo(options: DemoOptions): Promise<number> {
  const output = options.json ? process.stderr : process.stdout
  const screen = createScreen(output, { colours: process.env['NO_COLOR'] === undefined })
  const material = await loadReplayMaterial(options)
  let complete: boolean | undefined
  const interruptedWith = await runAndCleanUp(async ({ cleanups, signal, interrupted }) => {
    screen.say(...renderHeader(options, material, screen.style))
    const run = await runDemo({ options, material, screen, cleanups, signal })
    const { report, comparison, url } = run
    complete = isComplete(report)
    screen.say(...renderReport(report, comparison, screen.style))
    if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`)
    if (options.serve) {
      screen.say(...renderService(url), '')
      await interrupted
    }
  })
  if (interruptedWith !== undefined) screen.say('', '  stopped')
  if (complete === undefined) return interruptedWith ?? EXIT_INCOMPLETE
  return complete ? 0 : EXIT_INCOMPLETE
}
