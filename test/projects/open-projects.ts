// A worker with projects, and tokens of them.
import type { TokenScope } from '@winrate/shared-schema/http'
import { expect } from 'vitest'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { createProjectControl } from '../../packages/central-worker/src/projects/project-control.ts'
import { createTokenControl } from '../../packages/central-worker/src/tokens/token-control.ts'
import { urlOf } from '../support/server-databases.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { runWorkerCommand, startWorkerFor } from '../support/worker-process.ts'

export const by = (token: string) => ({ authorization: `Bearer ${token}` })

export async function openProjects(
  names: readonly string[],
  atEnd: (end: () => Promise<void>) => void,
) {
  const database = await createTestDatabase()
  const environment = {
    DATABASE_URL: database.url,
    WINRATE_AGGREGATION_INTERVAL_MS: '300',
    WINRATE_REFERENCE_SECRET: 'a secret of more than thirty-two characters',
    WINRATE_READ_TOKEN: 'read-token-of-the-operator',
    WINRATE_PUBLISH_TOKEN: 'publish-token-of-the-operator',
    WINRATE_ADMIN_TOKEN: 'admin-token-of-the-operator',
  }

  const { pool, url: connectionString } = database
  const logger = createLogger('silent')
  const control = createProjectControl({ pool, connectionString, urls: {}, logger })
  const tokens = createTokenControl(pool)

  async function command(...args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await runWorkerCommand(args, environment)
    expect(exitCode, stderr).toBe(0)
    return stdout
  }

  async function tokenOf(project: string, ...scopes: TokenScope[]): Promise<string> {
    return (await tokens.create(project, { label: project, scopes, limits: {} })).secret ?? ''
  }

  for (const name of names) await control.create(name)
  const worker = await startWorkerFor(environment, atEnd)

  async function ask(token: string, path: string, body?: unknown) {
    const answer = await fetch(`${worker.url}${path}`, {
      headers: { ...by(token), ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return {
      status: answer.status,
      text,
      json: (): Record<string, unknown> => Object(JSON.parse(text)),
    }
  }

  /** Waits until the token opens what its project has. */
  const opened = (token: string) =>
    waitUntil(async () => (await ask(token, '/v1/whoami')).status === 200, {
      describe: 'the project to be opened',
    })

  /** The URL of a project's database. */
  const databaseOf = (name: string) =>
    urlOf(database.url, `${new URL(database.url).pathname.slice(1)}_${name.replaceAll('-', '_')}`)

  return {
    database,
    databaseOf,
    environment,
    worker,
    control,
    command,
    tokenOf,
    ask,
    opened,
    logger,
  }
}
