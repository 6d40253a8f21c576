// Projects are created and deleted by commands and over HTTP, by operators alone, also where calls die or meet.

import { projectFactsSchema, tokenChangeSchema } from '@winrate/shared-schema/http'
import type pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { createPool } from '../../packages/central-worker/src/postgres/create-pool.ts'
import { createProjectControl } from '../../packages/central-worker/src/projects/project-control.ts'
import { referenceSecretOf } from '../../packages/central-worker/src/projects/project-names.ts'
import { createLogin } from '../support/logins.ts'
import { anOutcome } from '../support/outcomes.ts'
import { onServer } from '../support/server-databases.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { runWorkerCommand } from '../support/worker-process.ts'
import { openProjects } from './open-projects.ts'

const projects = await openProjects(['search'], afterAll)
const { database, databaseOf, environment, control, command, tokenOf, ask, opened, logger } =
  projects
const search = await tokenOf('search', 'admin')
const operator = environment.WINRATE_ADMIN_TOKEN

const names = async () => (await control.list()).map(({ name }) => name)

/** The databases of this deployment beside that of `default`. */
const databases = () =>
  database.rows<{ name: string }>(
    `select datname as name from pg_database where starts_with(datname, current_database() || '_')`,
  )

test('over HTTP an operator creates a project, makes its first token, and deletes it by its name', async () => {
  const created = await ask(operator, '/v1/projects', { name: 'by-http' })
  expect(created.status, created.text).toBe(200)
  const facts = projectFactsSchema.parse(created.json())
  const { WINRATE_REFERENCE_SECRET: secretHere } = environment
  expect(facts.referenceSecret).toBe(referenceSecretOf(secretHere, 'by-http'))
  expect((await ask(operator, '/v1/projects')).json()).toEqual({ projects: facts.projects })
  const made = await ask(operator, '/v1/projects/by-http/tokens', { label: 'x', scopes: ['admin'] })
  const { project, secret = '' } = tokenChangeSchema.parse(made.json())
  expect(project).toBe('by-http')
  await opened(secret)
  await ask(secret, '/v1/outcomes', [anOutcome({ model_name: 'codex' })])
  for (const body of ['', {}, { name: 'search' }, { name: 'BY-HTTP' }]) {
    const refused = await ask(operator, '/v1/projects/by-http/delete', body)
    expect([body, refused.status]).toEqual([body, 400])
  }
  expect(await names()).toContain('by-http')
  const deleted = await ask(operator, '/v1/projects/by-http/delete', { name: 'by-http' })
  expect(deleted.json()).toMatchObject({ message: 'The project by-http is deleted.' })
  expect(await databases()).toHaveLength(1)
  await waitUntil(async () => (await ask(secret, '/v1/whoami')).status === 401, {
    describe: 'its token to be refused',
  })
  expect((await ask(search, '/v1/whoami')).status).toBe(200)
  for (const [path, body] of [
    ['/v1/projects/by-http/delete', { name: 'by-http' }],
    ['/v1/projects/by-http/tokens', { label: 'x', scopes: ['read'] }],
  ] as const) {
    const refused = await ask(operator, path, body)
    expect([refused.status, refused.json()['code']]).toEqual([409, 'no-such-project'])
  }
  expect((await ask(operator, '/v1/projects', { name: 'default' })).status).toBe(400)
})

test('calls at once make one project, and it has nothing of an earlier one of its name', async () => {
  const create = () => ask(operator, '/v1/projects', { name: 'by-http' })
  const answers = await Promise.all([create(), create(), control.create('by-http')])
  expect(answers.slice(0, 2)).toMatchObject([{ status: 200 }, { status: 200 }])
  expect(await names()).toEqual(['by-http', 'search'])
  expect(await databases()).toHaveLength(2)
  const token = await tokenOf('by-http', 'read')
  await opened(token)
  expect((await ask(token, '/v1/metrics')).text).not.toContain('codex')
})

test('commands tell of a project, are about one, and delete it only when told twice', async () => {
  const told = await command('project', 'create', 'by-http', '--json')
  const { WINRATE_REFERENCE_SECRET: secretHere } = environment
  const facts = projectFactsSchema.parse(JSON.parse(told))
  expect(facts.referenceSecret).toBe(referenceSecretOf(secretHere, 'by-http'))
  const token = ['--label', 'x', '--scope', 'read', '--json']
  const made = JSON.parse(await command('token', 'create', '--project', 'by-http', ...token))
  expect(made).toMatchObject({ project: 'by-http' })
  const failing = async (...args: string[]) => {
    const { exitCode, stderr } = await runWorkerCommand(args, environment)
    return [exitCode, stderr]
  }
  expect(await command('status', '--project', 'by-http', '--json')).toContain('"by-http"')
  expect(await failing('status', '--project', 'nobody')).toEqual([
    1,
    expect.stringContaining('there is no project nobody; there are: by-http, search'),
  ])
  expect(await failing('project', 'delete', 'by-http')).toEqual([
    2,
    expect.stringContaining('--yes: is missing'),
  ])
  await command('project', 'delete', 'by-http', '--yes')
  expect(await names()).toEqual(['search'])
})

test('nobody else may: not with all rights in a project, and not with less in default', async () => {
  const reader = await tokenOf('default', 'publish', 'read', 'feedback')
  const admin = await tokenOf('default', 'admin')
  await opened(search)
  const attempts = [
    ['/v1/projects', undefined],
    ['/v1/projects', { name: 'mine' }],
    ['/v1/projects/search/delete', { name: 'search' }],
    ['/v1/projects/search/tokens', { label: 'x', scopes: ['read'] }],
  ] as const
  for (const [path, body] of attempts) {
    const away = await ask(search, path, body)
    // As where there is no such thing at all.
    expect([away.status, away.text]).toEqual([404, (await ask(search, '/v1/nothing', body)).text])
    expect((await ask(reader, path, body)).status).toBe(403)
    expect((await ask(environment.WINRATE_READ_TOKEN, path, body)).status).toBe(403)
  }
  expect((await ask(search, '/openapi.json')).text).not.toContain('/v1/projects')
  expect(await names()).toEqual(['search'])
  expect((await ask(admin, '/v1/projects')).status).toBe(200)
})

test('whoever may not make or drop databases is told so, and nothing is changed', async () => {
  const worker = await createLogin(database, 'winrate_worker')
  const pool = createPool({ connectionString: worker.url, size: 2, logger })
  const theirs = createProjectControl({ pool, connectionString: worker.url, urls: {}, logger })
  const refused = { code: 'lacks-right', message: expect.stringContaining('npx winrate project') }
  await expect(theirs.create('not-mine')).rejects.toMatchObject(refused)
  await expect(theirs.remove('search')).rejects.toMatchObject(refused)
  await pool.end()
  expect(await control.list()).toMatchObject([{ name: 'search', state: 'active', tokens: 1 }])
})

/** Runs `work` while the statements before it are not yet committed and others wait for them, and then commits. */
async function meanwhile<T>(
  statements: string,
  start: () => Promise<T>,
  next = 'select',
): Promise<PromiseSettledResult<T>> {
  return onServer(database.url, async (client) => {
    await client.query(`begin; ${statements}`)
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    const started = Promise.allSettled([start()])
    const waits = `select from pg_stat_activity where ${rows[0]?.pid} = any (pg_blocking_pids(pid))`
    await waitUntil(async () => (await database.rows(waits)).length > 0, {
      describe: 'a call that waits',
    })
    await client.query(next)
    await client.query('commit')
    const [settled] = await started
    return settled
  })
}

test('calls that meet wait for each other, and none tells of what is not so', async () => {
  await control.create('met')
  // As a call does that makes a token.
  const making = 'lock table winrate.tokens in share row exclusive mode'
  const held = `select from winrate.projects where name = 'met' for share`
  expect(await meanwhile(making, () => control.remove('met'), held)).toMatchObject({
    status: 'fulfilled',
  })
  const role = `${new URL(databaseOf('met')).pathname.slice(1)}_publisher`
  const mark = `Agents that publish to the database ${role.replace('_publisher', '')} of Winrate`
  // As another call does that creates it.
  const creating = `create role ${role} nologin; comment on role ${role} is '${mark}'`
  expect(await meanwhile(creating, () => control.create('met'))).toMatchObject({ value: [] })
  const ending = `update winrate.projects set is_ending = true where name = 'met'`
  expect(await meanwhile(ending, () => control.create('met'))).toMatchObject({
    reason: { code: 'project-ending' },
  })
  await control.remove('met')
})

test('a project with a URL of its own is not made here as well, where nobody knows the URL', async () => {
  const elsewhere = await createTestDatabase({ migrated: false })
  const { pool, url: connectionString } = database
  const urls = { distant: elsewhere.url }
  await createProjectControl({ pool, connectionString, urls, logger }).create('distant')
  const before = await databases()
  const again = await ask(operator, '/v1/projects', { name: 'distant' })
  expect([again.status, again.json()]).toMatchObject([409, { code: 'no-url' }])
  expect(await databases()).toEqual(before)
  await control.remove('distant')
})

/** A control whose process dies before its next statement but so many. */
function dyingAfter(statements: number) {
  let left = statements
  const count = () => {
    left -= 1
    if (left < 0) throw new Error('killed')
  }
  const pool = new Proxy(database.pool, {
    get(target, key) {
      if (key === 'query') {
        return async (...args: Parameters<pg.Pool['query']>) => {
          count()
          return Reflect.apply(target.query, target, args)
        }
      }
      if (key === 'connect') {
        return async () => {
          count()
          return target.connect()
        }
      }
      return Reflect.get(target, key)
    },
  })
  return createProjectControl({ pool, connectionString: database.url, urls: {}, logger })
}

test('wherever it dies, the same call again finishes it', async () => {
  for (const change of ['create', 'remove'] as const) {
    let deaths = 0
    for (; ; deaths += 1) {
      const done = await dyingAfter(deaths)
        [change]('half')
        .catch((error: Error) => error.message)
      if (done !== 'killed') {
        expect([change, typeof done]).toEqual([change, 'object'])
        break
      }
      const [half] = (await control.list()).filter(({ name }) => name === 'half')
      if (change === 'create' || half?.state !== 'ending') continue
      await expect(control.create('half')).rejects.toThrow('is being deleted')
      await expect(tokenOf('half', 'read')).rejects.toMatchObject({ code: 'no-such-project' })
    }
    expect(deaths).toBeGreaterThan(3)
    expect((await names()).includes('half')).toBe(change === 'create')
  }
  for (const { name } of await databases()) {
    if (name.includes('_unfinished_')) await database.pool.query(`drop database ${name}`)
  }
  expect(await databases()).toHaveLength(1)
})

test('a database that no project made is left alone', async () => {
  const url = databaseOf('taken')
  const name = new URL(url).pathname.slice(1)
  await onServer(database.url, (client) => client.query(`create database ${name}`))
  await onServer(url, (client) => client.query('create table of_others (id int)'))
  await expect(control.create('taken')).rejects.toThrow('is there already')
  // As that of a project of another name, or of another deployment.
  await onServer(url, (client) =>
    client.query(`comment on database ${name} is 'Project other of Winrate'`),
  )
  await expect(control.create('taken')).rejects.toThrow('is there already')
  const login = await createLogin(database, 'winrate_publisher')
  const there = new URL(login.url)
  there.pathname = name
  // Whoever could connect to it still can, and nothing is added.
  const tables = await onServer(there.href, (client) =>
    client.query(`select from pg_namespace where nspname in ('winrate', 'pgmq')`),
  )
  expect(tables.rowCount).toBe(0)
})

test('a database without the mark of the project is not dropped, whatever the table of projects says', async () => {
  await control.create('marked')
  const { pathname } = new URL(databaseOf('marked'))
  const name = pathname.slice(1)
  await database.pool.query(
    `update winrate.projects set database = current_database() where name = 'marked'`,
  )
  await expect(control.remove('marked')).rejects.toMatchObject({ code: 'not-marked' })
  expect(await names()).toContain('marked')
  await database.pool.query(`update winrate.projects set database = $1 where name = 'marked'`, [
    name,
  ])
  // As a restore leaves it.
  await database.pool.query(`comment on database ${name} is null`)
  const refused = await control.remove('marked').catch((error: Error) => error)
  const statement = /run first: (.*)$/.exec(String(refused))?.[1] ?? ''
  await database.pool.query(statement)
  expect(await control.remove('marked')).toEqual({ keptDatabase: false, keptRole: false })
})
