// A real Postgres for one benchmark in a temporary folder. Both are removed afterwards, also after Ctrl-C.
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { migrateDatabase, startEmbeddedPostgres } from '@winrate/central-worker'
import { createCleanups } from '@winrate/demo/fleet/cleanups'
import { watchInterruption } from '@winrate/demo/fleet/interruption'
import { scratchParent } from '@winrate/demo/fleet/scratch-parent'

export interface BenchPostgres {
  readonly connectionString: string
  /** Registers a step to run before Postgres stops; steps run in reverse order. */
  readonly onEnd: (step: () => Promise<void>) => void
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

/** Runs `work` on an empty, migrated database with the durable settings of a default server. */
export async function withBenchPostgres<T>(
  work: (postgres: BenchPostgres) => Promise<T>,
): Promise<T> {
  const interruption = watchInterruption()
  const cleanups = createCleanups()
  try {
    const dataDir = await mkdtemp(join(await scratchParent(), 'winrate-bench-'))
    cleanups.add(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }))
    const server = await startEmbeddedPostgres({ dataDir })
    cleanups.add(() => server.stop())
    await migrateDatabase(server.connectionString)
    const { connectionString } = server
    const { signal } = interruption
    const measured = work({ connectionString, onEnd: cleanups.add, signal })
    return await Promise.race([measured, interruption.rejected])
  } finally {
    await cleanups.run()
    interruption.stop()
    process.exitCode ??= interruption.exitCode()
  }
}
