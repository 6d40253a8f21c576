// The command `npm run quickstart`: shows within seconds how decisions change, and leaves nothing behind.
import { runAndCleanUp } from '../fleet/run-and-clean-up.ts'
import { createScreen } from '../report/screen.ts'
import { renderEnd } from './render-end.ts'
import { runQuickstart } from './run-quickstart.ts'

process.exitCode = await main()

async function main(): Promise<number> {
  const screen = createScreen(process.stdout, { colours: process.stdout.hasColors?.() ?? false })
  try {
    const interruptedWith = await runAndCleanUp(async (run) => {
      const result = await runQuickstart(run, screen)
      screen.say(...renderEnd(result, screen.style))
    })
    if (interruptedWith !== undefined) screen.say('', '  stopped')
    return interruptedWith ?? 0
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`winrate quickstart: ${message}\n`)
    return 1
  }
}
