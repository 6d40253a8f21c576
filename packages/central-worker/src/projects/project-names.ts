// What projects are called, and where their databases are.
import { createHmac } from 'node:crypto'
import { splitServers, withServersOf } from '@winrate/shared-schema/postgres'
import { z } from 'zod'
import { RefusedError } from '../runtime/refused-error.ts'

/** The project of who names none: the database of DATABASE_URL. */
export const DEFAULT_PROJECT = 'default'

export const projectName = z
  .string()
  .regex(
    /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/,
    'must be 1 to 40 of a to z, 0 to 9 and -, and begin with a letter',
  )
  .refine((name) => name !== DEFAULT_PROJECT, `must not be ${DEFAULT_PROJECT}, which is there`)

/** URLs by project, from WINRATE_PROJECTS_FILE. */
export type ProjectUrls = Readonly<Record<string, string>>

/** Where a project is, as its row says. */
export interface ProjectPlace {
  readonly name: string
  /** On the server of `default`; null where the file has the URL. */
  readonly database: string | null
}

/** @throws RefusedError where the file does not name the project. */
export function urlOfProject(
  defaultUrl: string,
  { name, database }: ProjectPlace,
  urls: ProjectUrls,
): string {
  if (database !== null) {
    const url = new URL(splitServers(defaultUrl)[0])
    url.pathname = `/${encodeURIComponent(database)}`
    return withServersOf(url.href, defaultUrl)
  }
  const url = urls[name]
  if (url !== undefined) return url
  throw new RefusedError(
    'no-url',
    `the project ${name} was created with a URL of its own: name it in WINRATE_PROJECTS_FILE here, too`,
  )
}

/**
 * What signs references of a project: HMAC-SHA256 of its name, keyed with the worker's own secret. So agents of one
 * project cannot sign for another, and operators keep one secret.
 */
export function referenceSecretOf(secret: string, project: string): string {
  return createHmac('sha256', secret).update(`project ${project}`).digest('base64url')
}
