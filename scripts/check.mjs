// Runs lint, types and unit tests: every change must pass these before the slower tests. `--without-tests` leaves
// the tests to whoever runs all of them afterwards.
import { spawnSync } from 'node:child_process'

const steps = [
  ['biome', 'check', '.'],
  ['tsc', '-p', 'tsconfig.test.json'],
  ['drizzle-kit', 'check'],
]
if (!process.argv.includes('--without-tests')) steps.push(['vitest', 'run', '--project', 'unit'])
for (const [command, ...args] of steps) {
  console.log(`\n$ ${command} ${args.join(' ')}`)
  const { status } = spawnSync(command, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
