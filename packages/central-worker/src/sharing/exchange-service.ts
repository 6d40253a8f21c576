// Tells each project that learns what those that share know. Guarantees: a project that is away neither gives nor takes, and holds up no
// other; any number of replicas may do it, as each writes the same.
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
  /** Those that run now. */
  readonly projects: () => readonly ExchangingProject[]
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
    try {
      const sharing = await readSharing(pool)
      const takesPart = sharing.shares || sharing.learns
      return { ...sharing, project: name, pool, cells: takesPart ? await readKnown(pool) : [] }
    } catch (error) {
      logger.warn({ project: name, err: error }, 'sharing-left-out')
      return undefined
    }
  }

  return createLoop({
    async runOnce() {
      const all = projects()
      // With fewer there is nobody to learn from: one project costs no read at all.
      if (all.length < 2) return
      const present = (await Promise.all(all.map(read))).filter((one) => one !== undefined)
      const sharing = present.filter(({ shares }) => shares)
      for (const { project, pool, learns, cells } of present) {
        if (!learns) continue
        const shared = sumShared(sharing, { project, own: cells }, publicModels)
        await storeShared(pool, shared).catch((error: unknown) => {
          logger.warn({ project, err: error }, 'sharing-left-out')
        })
      }
    },
    waitMs: () => intervalMs,
    onError: () => intervalMs,
    onCrash,
  })
}
