// Runs the projects that the table names: opens those that are new, and closes those that are gone. Guarantees: one that cannot be
// opened is tried again and holds up no other; `stop` ends all of them.
import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs, createLoop, type Service } from '../runtime/service.ts'
import type { ProjectPlace } from './project-names.ts'

export interface FollowedProject extends ProjectPlace {
  /** Tells a project from an earlier one of its name. */
  readonly createdAt: string
  readonly state: 'active' | 'ending'
}

export interface ProjectServiceOptions<Opened extends Pick<Service, 'stop'>> {
  readonly readProjects: () => Promise<readonly FollowedProject[]>
  /** Starts what runs for a project. It may reject. */
  readonly open: (project: ProjectPlace) => Promise<Opened>
  readonly logger: Record<'info' | 'warn', (fields: object, message: string) => void>
  readonly onCrash: (error: unknown) => void
  readonly pollIntervalMs?: number
}

interface Entry<Opened> {
  readonly project: FollowedProject
  readonly stopping: AbortController
  opened?: Opened
}

const LONGEST_BACKOFF_MS = 30_000

export function createProjectService<Opened extends Pick<Service, 'stop'>>({
  readProjects,
  open,
  logger,
  onCrash,
  pollIntervalMs = 1_000,
}: ProjectServiceOptions<Opened>) {
  const entries = new Map<string, Entry<Opened>>()
  let isRead = false

  function begin(project: FollowedProject): void {
    const entry: Entry<Opened> = { project, stopping: new AbortController() }
    entries.set(project.name, entry)
    void openUntilItWorks(entry)
  }

  async function openUntilItWorks(entry: Entry<Opened>): Promise<void> {
    const { project, stopping } = entry
    const { signal } = stopping
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        entry.opened = await open(project)
        logger.info({ project: project.name }, 'project-opened')
        // What it waited for may have outlasted it.
        if (signal.aborted) await entry.opened.stop()
        return
      } catch (error) {
        if (failures === 1) logger.warn({ project: project.name, err: error }, 'project-away')
        const waitMs = backoffMs(failures, pollIntervalMs, LONGEST_BACKOFF_MS)
        await sleep(waitMs, undefined, { signal }).catch(() => {})
      }
    }
  }

  async function close(entry: Entry<Opened>): Promise<void> {
    const { project, stopping, opened } = entry
    stopping.abort()
    entries.delete(project.name)
    await opened?.stop()
    logger.info({ project: project.name }, 'project-closed')
  }

  const loop = createLoop({
    async runOnce() {
      const wanted = (await readProjects()).filter(({ state }) => state === 'active')
      const byName = new Map(wanted.map((project) => [project.name, project]))
      for (const entry of entries.values()) {
        const { name, createdAt } = entry.project
        if (byName.get(name)?.createdAt !== createdAt) void close(entry)
      }
      for (const project of wanted) if (!entries.has(project.name)) begin(project)
      isRead = true
    },
    waitMs: () => pollIntervalMs,
    // The database is away: projects on other servers go on.
    onError: (_error, failures) => backoffMs(failures, pollIntervalMs, LONGEST_BACKOFF_MS),
    onCrash,
  })

  return {
    /** What runs for a project; undefined while it does not. */
    find: (name: string): Opened | undefined => entries.get(name)?.opened,
    /** Whether all that there are run. */
    isComplete: (): boolean =>
      isRead && [...entries.values()].every(({ opened }) => opened !== undefined),
    /** All that run. */
    opened: (): readonly Opened[] =>
      [...entries.values()].flatMap(({ opened }) => (opened === undefined ? [] : [opened])),
    start: loop.start,
    async stop(): Promise<void> {
      await loop.stop()
      await Promise.all([...entries.values()].map(close))
    },
  }
}
