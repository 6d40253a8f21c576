// Tells each project that learns what those that share know. Guarantees: while a project is away, each goes on with what it knows of the
// others; any number of replicas may do it, as each writes the same.
import { defaultCatalogue } from '@winrate/shared-schema/contracts'
import type pg from 'pg'
import { createLoop, type Service } from '../runtime/service.ts'
import { readKnown, readSharing, storeShared } from './sharing-settings.ts'
import { modelKey, sumShared } from './sum-shared.ts'

export interface ExchangingProject {
  readonly name: string
  readonly pool: pg.Pool
}

export interface ExchangeServiceOptions {
  /** All of them; undefined while some do not run here, as a mean without them would be another one. */
  readonly projects: () => readonly ExchangingProject[] | undefined
  readonly intervalMs: number
  readonly logger: { warn(fields: object, message: string): void }
  readonly onCrash: (error: unknown) => void
}

/** Their names are in every client. */
const publicModels = new Set(
  defaultCatalogue.map(({ provider, key }) => modelKey({ provider, modelName: key })),
)

/** Never two at a time. */
export function createExchangeService(options: ExchangeServiceOptions): Service {
  const { projects, intervalMs, logger, onCrash } = options

  async function read({ name, pool }: ExchangingProject) {
    const sharing = await readSharing(pool)
    const takesPart = sharing.shares || sharing.learns
    return { ...sharing, project: name, pool, cells: takesPart ? await readKnown(pool) : [] }
  }

  return createLoop({
    async runOnce() {
      const all = projects() ?? []
      // One has nobody to learn from, and costs no read.
      if (all.length < 2) return
      const present = await Promise.all(all.map(read))
      const sharing = present.filter(({ shares }) => shares)
      for (const { project, pool, learns, cells } of present) {
        if (learns)
          await storeShared(pool, sumShared(sharing, { project, own: cells }, publicModels))
      }
    },
    waitMs: () => intervalMs,
    onError(error) {
      logger.warn({ err: error }, 'exchange-failed')
      return intervalMs
    },
    onCrash,
  })
}
