// What operators change about projects, and what they are told of it, by a command or over HTTP.
import type { ProjectFacts } from '@winrate/shared-schema/http'
import { createProjectControl, type ProjectControlOptions } from './project-control.ts'
import { referenceSecretOf } from './project-names.ts'

export type ProjectChanges = ReturnType<typeof createProjectChanges>

interface ProjectChangesOptions extends ProjectControlOptions {
  /** What signs references of `default`, the newest first. */
  readonly referenceSecrets: readonly string[]
}

export function createProjectChanges({ referenceSecrets, ...options }: ProjectChangesOptions) {
  const control = createProjectControl(options)

  const list = async (): Promise<ProjectFacts> => ({ projects: await control.list() })

  return {
    list,
    async create(name: string): Promise<ProjectFacts> {
      const missing = await control.create(name)
      const [secret] = referenceSecrets
      return {
        ...(await list()),
        ...(secret !== undefined && { referenceSecret: referenceSecretOf(secret, name) }),
        message: [
          `The project ${name} is there. Workers open it within seconds.`,
          ...(missing.length === 0 ? [] : ['An administrator of its database has yet to run:']),
          ...missing.map((statement) => `  ${statement};`),
        ].join('\n'),
      }
    },
    async remove(name: string): Promise<ProjectFacts> {
      const { keptDatabase, keptRole } = await control.remove(name)
      const kept = keptDatabase
        ? ' Its database is on another server: drop it and its role there.'
        : ''
      const role = keptRole ? ' Its role could not be dropped: an administrator has yet to.' : ''
      return { ...(await list()), message: `The project ${name} is deleted.${kept}${role}` }
    },
  }
}
