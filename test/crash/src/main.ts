// Kills workers, Postgres, Redis and a client under load, and then accounts for every outcome by its id.
//
//   npm run crash [-- --outcomes 1000000 --seed 7]
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '@winrate/demo/errors'
import { parseFlags } from '@winrate/demo/flags'
import { createCleanups } from '@winrate/demo/fleet/cleanups'
import { watchInterruption } from '@winrate/demo/fleet/interruption'
import { scratchParent } from '@winrate/demo/fleet/scratch-parent'
import type { RunContext } from './parts.ts'
import type { CrashOptions } from './plan.ts'
import { type CrashResult, runCrash } from './run-crash.ts'

const help = `npm run crash -- [flags]
Runs workers, five clients that end in order, one that is killed, and two foreign producers with 1 % poison,
on a Postgres and a Redis of its own, and kills them under load. Exits with 1 on any difference.
  --outcomes N            outcomes in all (20000)
  --rate N                outcomes per second in all (2000)
  --seed N                draws the outcomes and the faults (a random one, which is printed)
  --workers N             worker processes (3)
  --interval-ms N         time between two ticks (1000)
  --kills N               SIGKILLs of workers (24 per million, at least 4)
  --freezes N             SIGSTOPs of workers (3 per million, at least 1)
  --postgres-restarts N   a third of them by SIGKILL (6 per million, at least 2)
  --redis-restarts N      the first loses what Redis held (3 per million, at least 1)
  --agent-kills N         SIGKILLs of the client that does not end in order (3 per million, at least 1)
`

function readOptions(args: readonly string[]): CrashOptions {
  const text = { type: 'string' } as const
  const given = parseFlags(args, {
    ...{ outcomes: text, rate: text, seed: text, workers: text, 'interval-ms': text },
    ...{ kills: text, freezes: text, 'postgres-restarts': text, 'redis-restarts': text },
    'agent-kills': text,
  })
  const number = (name: keyof typeof given, usual: number, least = 0) => {
    const value = given[name] ?? String(usual)
    if (!/^\d{1,9}$/.test(value) || Number(value) < least) {
      throw new UsageError(`--${name} must be a whole number from ${least}`)
    }
    return Number(value)
  }
  const outcomes = number('outcomes', 20_000, 1_000)
  const perMillion = (count: number, least: number) =>
    Math.max(least, Math.round((count * outcomes) / 1_000_000))
  return {
    outcomes,
    rate: number('rate', 2_000, 1),
    seed: number('seed', Math.floor(Math.random() * 1_000_000)),
    workers: number('workers', 3, 1),
    intervalMs: number('interval-ms', 1_000, 100),
    kills: number('kills', perMillion(24, 4)),
    freezes: number('freezes', perMillion(3, 1)),
    postgresRestarts: number('postgres-restarts', perMillion(6, 2)),
    redisRestarts: number('redis-restarts', perMillion(3, 1)),
    agentKills: number('agent-kills', perMillion(3, 1)),
  }
}

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help)
    return
  }
  const options = readOptions(args)
  const startMs = performance.now()
  const say = (text: string) => {
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(1)
    process.stdout.write(`${seconds.padStart(7)} s  ${text}\n`)
  }
  say(
    Object.entries(options)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
  )
  const result = await withFolder((folder, onEnd) => runCrash(options, { folder, onEnd, say }))
  process.stdout.write(`${render(result, performance.now() - startMs)}\n`)
  if (result.differences.length > 0) process.exitCode = 1
}

async function withFolder<T>(
  work: (folder: string, onEnd: RunContext['onEnd']) => Promise<T>,
): Promise<T> {
  const interruption = watchInterruption()
  const cleanups = createCleanups()
  try {
    const folder = await mkdtemp(join(await scratchParent(), 'winrate-crash-'))
    cleanups.add(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
    // Root runs Postgres as another user, who must be able to enter the folder.
    await chmod(folder, 0o711)
    return await Promise.race([work(folder, cleanups.add), interruption.rejected])
  } finally {
    await cleanups.run()
    interruption.stop()
    const exitCode = interruption.exitCode()
    // The run does not know that it is over, and might start a server again.
    if (exitCode !== undefined) process.exit(exitCode)
  }
}

function render(result: CrashResult, durationMs: number): string {
  const { totals, dropped, faults, startsInVain, versions, differences } = result
  const row = (cells: readonly (string | number)[]) =>
    cells.map((cell, at) => (at < 2 ? String(cell).padEnd(17) : String(cell).padStart(10))).join('')
  const sum = (name: 'outcomes' | 'stored' | 'rejected') =>
    totals.reduce((total, one) => total + one[name], 0)
  return [
    '',
    row(['producer', 'fate', 'outcomes', 'stored', 'rejected']),
    ...totals.map((one) => row([one.producer, one.fate, one.outcomes, one.stored, one.rejected])),
    row(['in all', '', sum('outcomes'), sum('stored'), sum('rejected')]),
    '',
    `dropped by clients: ${JSON.stringify(dropped)}`,
    `${faults} faults, ${versions} versions, ${startsInVain} starts of workers in vain, ${(durationMs / 1_000).toFixed(0)} s`,
    `${differences.length} differences`,
    ...differences,
  ].join('\n')
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\nSee npm run crash -- --help\n`)
  process.exitCode = 2
}
