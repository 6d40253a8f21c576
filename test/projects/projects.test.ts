// Several projects behind one worker: each has its own database, tokens and snapshots, and nothing of another.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouter, httpOutcomes, httpSnapshots } from '@winrate/router-client'
import { createReferenceSigner, uuidV7, writeReference } from '@winrate/shared-schema/contracts'
import {
  snapshotsBodySchema,
  tokensBodySchema,
  whoamiBodySchema,
} from '@winrate/shared-schema/http'
import { chromium } from 'playwright-core'
import { afterAll, expect, inject, onTestFinished, test } from 'vitest'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { migrateDatabase } from '../../packages/central-worker/src/postgres/migrate.ts'
import { createProjectControl } from '../../packages/central-worker/src/projects/project-control.ts'
import { referenceSecretOf } from '../../packages/central-worker/src/projects/project-names.ts'
import { createLogin } from '../support/logins.ts'
import { anOutcome } from '../support/outcomes.ts'
import { onServer } from '../support/server-databases.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { startWorkerProcess } from '../support/worker-process.ts'
import { by, openProjects } from './open-projects.ts'

const projects = await openProjects(['search', 'web-shop'], afterAll)
const { database, databaseOf, environment, worker, tokenOf, ask, opened } = projects
const all = ['publish', 'read', 'feedback', 'admin'] as const
const search = await tokenOf('search', ...all)
const shop = await tokenOf('web-shop', ...all)
const own = 'admin-token-of-the-operator'
await Promise.all([opened(search), opened(shop)])

/** Only the project `web-shop` has these words. */
const secret = 'only-of-the-shop'

const outcomesOf = (model_name: string, success: boolean, fields = {}) =>
  Array.from({ length: 30 }, () =>
    anOutcome({ model_name, provider: 'openai', success, ...fields }),
  )

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-projects-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

/** A router of an agent of the token's project. */
async function routerOf(token: string, instanceId: string) {
  const { url } = worker
  const router = createRouter({
    instanceId,
    snapshots: httpSnapshots({ url, token }),
    outcomes: httpOutcomes({ url, token }),
    buffer: { flushIntervalMs: 20 },
  })
  onTestFinished(async () => {
    await router.close()
  })
  return router
}

test('two projects with opposite needs get each its model within 50 outcomes', async () => {
  const needs = [
    { token: search, good: 'model-1' },
    { token: shop, good: 'model-2' },
  ]
  const candidates = needs.map(({ good }) => ({ provider: 'here', model: good }))
  for (const { token, good } of needs) {
    const router = await routerOf(token, `${good}-sends`)
    for (let at = 0; at < 25; at++) {
      for (const candidate of candidates) {
        const success = candidate.model === good
        router.recordPreference({ taskType: 'coding', ...candidate, success })
      }
    }
    await router.flush()
  }
  for (const { token, good } of needs) {
    // Another agent of the project, which has recorded nothing.
    const router = await routerOf(token, `${good}-reads`)
    const choose = () => router.route('', 'coding', { candidates, risk: 'high' }).model
    await waitUntil(() => choose() === good, {
      describe: `${good} to be chosen in its project`,
    })
  }
})

test('with all rights in one project, nothing of another is read or changed', async () => {
  const hidden = await tokenOf('web-shop', 'read')
  const [hiddenId] = tokensBodySchema
    .parse(JSON.parse((await ask(shop, '/v1/tokens')).text))
    .tokens.map(({ id }) => id)
  const words = { task_type: secret, instance_id: secret }
  expect((await ask(shop, '/v1/outcomes', outcomesOf(secret, true, words))).status).toBe(202)
  await waitUntil(async () => (await ask(shop, '/v1/metrics')).text.includes(secret), {
    describe: 'a tick that counts the outcomes of the shop',
  })
  const document = Object((await ask(own, '/openapi.json')).json()['paths'])
  const paths = Object.entries<object>(document).flatMap(([path, methods]) =>
    'get' in methods && !path.includes('stream') && !path.includes('{') ? [path] : [],
  )
  expect(paths.length).toBeGreaterThan(15)
  const query = `?hours=24&limit=100&task=${secret}&taskType=${secret}&model=${secret}&metric=depth`
  let toldOwn = 0
  for (const path of paths) {
    for (const asked of [path, `${path}${query}`]) {
      for (const token of [search, own]) {
        const { text } = await ask(token, asked)
        // An answer may repeat what was asked for.
        if (asked === path) expect(text, `${asked} to another project`).not.toContain(secret)
      }
      if ((await ask(shop, asked)).text.includes(secret)) toldOwn += 1
    }
  }
  // That they tell it to whom it belongs shows that there was something to find.
  expect(toldOwn).toBeGreaterThan(3)
  for (const path of [`/v1/tokens/${hiddenId}/revoke`, `/v1/tokens/${hiddenId}/rotate`]) {
    for (const token of [search, own]) {
      expect((await ask(token, path, {})).json()).toMatchObject({ code: 'no-such-token' })
    }
  }
  expect((await ask(hidden, '/v1/whoami')).status).toBe(200)
  await expect
    .poll(async () => (await ask(search, '/v1/admin/pin', { version: 1 })).status, {
      timeout: 60_000,
    })
    .toBe(200)
  expect((await ask(search, '/v1/snapshots')).text).toContain('"pinnedVersion":1')
  expect((await ask(shop, '/v1/snapshots')).text).not.toContain('"pinnedVersion":1')
  expect((await ask(search, '/v1/admin/unpin', {})).status).toBe(200)
  const asked = await ask(search, '/v1/whoami')
  expect(whoamiBodySchema.parse(asked.json())).toMatchObject({ project: 'search' })
})

test('a stream tells the snapshots of its project alone', async () => {
  const versionOf = async (token: string) =>
    Object((await ask(token, '/v1/snapshot')).json()['fleet'])['name']
  expect([await versionOf(search), await versionOf(shop)]).toEqual(['search', 'web-shop'])
  const answer = await fetch(`${worker.url}/v1/snapshot/stream`, { headers: by(search) })
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('\n\n')) text += (await reader?.read())?.value ?? ''
  await reader?.cancel()
  expect(text).toContain('"name":"search"')
  expect(text).not.toContain(secret)
})

test('outcomes of a project are in its database alone', async () => {
  expect(await countOf(databaseOf('web-shop'))).toBe(30)
  expect(await countOf(databaseOf('search'))).toBe(0)
  expect(await countOf(database.url)).toBe(0)
})

/** How many outcomes of the shop's secret a database has. */
const countOf = (url: string) =>
  onServer(url, async (client) => {
    const { rows } = await client.query<{ count: number }>(
      'select count(*)::int as count from winrate.task_preferences where task_type = $1',
      [secret],
    )
    return rows[0]?.count
  })

/** A new login that has a role, and what becomes of its statements in the databases of projects. */
async function loginWith(role: string) {
  const { url } = await createLogin(database, role)
  return async (where: string, statement: string): Promise<string> => {
    const there = new URL(url)
    there.pathname = new URL(where).pathname
    return onServer(there.href, (client) => client.query(statement)).then(
      () => 'done',
      (error: { code: string }) => error.code,
    )
  }
}

const nameOf = (url: string) => new URL(url).pathname.slice(1)
const NO_RIGHT = '42501'
const sending = `select winrate.send('${JSON.stringify(anOutcome({ task_type: 'from-search' }))}')`

test('a login of the agents of a project sends to it alone, and connects nowhere else', async () => {
  const agent = await loginWith(`${nameOf(databaseOf('search'))}_publisher`)
  expect(await agent(databaseOf('search'), sending)).toBe('done')
  expect(await agent(databaseOf('search'), 'select winrate.pull_snapshot(null, null, null)')).toBe(
    'done',
  )
  expect(await agent(databaseOf('search'), 'select from winrate.task_metrics')).toBe(NO_RIGHT)
  const elsewhere = [database.url, databaseOf('web-shop')]
  for (const url of elsewhere) expect([url, await agent(url, 'select 1')]).toEqual([url, NO_RIGHT])
  // Also where somebody lets it connect.
  await database.pool.query(`grant connect on database ${nameOf(database.url)} to public`)
  expect(await agent(database.url, 'select 1')).toBe('done')
  for (const statement of [
    sending,
    'select winrate.pull_snapshot(null, null, null)',
    'select from winrate.task_metrics',
    'select from winrate.projects',
  ]) {
    expect([statement, await agent(database.url, statement)]).toEqual([statement, NO_RIGHT])
  }
  const agentOfDefault = await loginWith('winrate_publisher')
  expect(await agentOfDefault(databaseOf('search'), 'select 1')).toBe(NO_RIGHT)
  await waitUntil(
    async () => (await ask(search, '/v1/metrics')).text.includes('"taskType":"from-search"'),
    { describe: 'what the login has sent to be learned' },
  )
})

test('migrations give these rights again, and leave who used the database of default', async () => {
  const name = nameOf(database.url)
  const role = `${nameOf(databaseOf('search'))}_publisher`
  // As in a database that was restored without rights.
  await database.pool.query(`
    grant connect on database ${name} to public; revoke connect on database ${name} from winrate_reader;
    revoke all on schema winrate from winrate_reader; revoke all on all tables in schema winrate from winrate_reader`)
  await onServer(databaseOf('search'), (client) =>
    client.query(`revoke execute on function winrate.send(text, text) from ${role}`),
  )
  // Of something else in the same database.
  await database.pool.query(`create role ${name}_other; create role ${name}_stranger`)
  await database.pool.query(`create schema other authorization ${name}_other`)
  const [other, reader, agentOfDefault, stranger, agent] = await Promise.all(
    [`${name}_other`, 'winrate_reader', 'winrate_publisher', `${name}_stranger`, role].map(
      loginWith,
    ),
  )
  expect(await stranger?.(database.url, 'select 1')).toBe('done')
  for (const url of [database.url, databaseOf('search')]) {
    expect((await migrateDatabase(url)).missingRights).toEqual([])
  }
  expect(await stranger?.(database.url, 'select 1')).toBe(NO_RIGHT)
  expect(await agent?.(database.url, 'select 1')).toBe(NO_RIGHT)
  expect(await agent?.(databaseOf('search'), sending)).toBe('done')
  for (const login of [other, reader, agentOfDefault]) {
    expect(await login?.(database.url, 'select 1')).toBe('done')
  }
})

test.skipIf(inject('chromium') === null)(
  'the dashboard shows what the project of its token has, and changes that alone',
  async () => {
    const ofDefault = 'only-of-default'
    await ask(environment.WINRATE_ADMIN_TOKEN, '/v1/outcomes', [
      anOutcome({ task_type: ofDefault, instance_id: ofDefault }),
    ])
    const metrics = async () => (await ask(own, '/v1/metrics')).text
    await waitUntil(async () => (await metrics()).includes(ofDefault), {
      describe: 'a tick that counts the outcome of default',
    })
    const browser = await chromium.launch({
      executablePath: inject('chromium') ?? '',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    })
    onTestFinished(() => browser.close())
    const context = await browser.newContext()
    context.setDefaultTimeout(15_000)
    await context.addInitScript(`sessionStorage.setItem('winrate-token', '${search}')`)
    const page = await context.newPage()
    const open = (hash: string) => page.goto(`${worker.url}/ui/#/${hash}`)
    const answers: Promise<string>[] = []
    page.on('response', (answer) => answers.push(answer.text().catch(() => '')))
    await open('task-types')
    await page.getByText('from-search').first().waitFor()
    for (const hash of ['', 'instances', 'pipeline', `task-types/${secret}`, 'snapshots']) {
      await open(hash)
      await page.waitForLoadState('networkidle')
    }
    // Answers may repeat what was asked for; no page asks for the name but the one that is opened with it.
    const told = (await Promise.all(answers)).join()
    expect(told).toContain('from-search')
    expect(told).not.toContain(ofDefault)
    expect(told).not.toContain(`"instanceId":"${secret}"`)
    expect(told).not.toContain('"web-shop"')

    await page.getByRole('button', { name: 'Start a canary…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Start', exact: true }).click()
    await dialog.getByText(/^Done/).waitFor()
    const shareOf = async (token: string) =>
      snapshotsBodySchema.parse((await ask(token, '/v1/snapshots')).json()).head.canaryShare
    expect(await shareOf(search)).toBeGreaterThan(0)
    expect([await shareOf(shop), await shareOf(own)]).toEqual([null, null])
    await ask(search, '/v1/admin/canary/promote', {})
  },
)

test('metrics of all projects are for the operator, and those of one for its tokens', async () => {
  const all = (await ask('read-token-of-the-operator', '/metrics')).text
  expect(all).toMatch(/^winrate_outcomes_stored_total\{project="web-shop"\} [1-9]/m)
  expect(all).toMatch(/^winrate_outcomes_stored_total \d/m)
  expect(all).toMatch(/^process_cpu_seconds_total [0-9]/m)
  expect(all.match(/^# TYPE winrate_queue_depth /gm)).toHaveLength(1)
  const shown = (await ask(search, '/metrics')).text
  expect(shown).toContain('winrate_outcomes_stored_total{project="search"}')
  expect(shown).not.toContain('web-shop')
  const reader = await tokenOf('default', 'read')
  expect((await ask(reader, '/metrics')).text).not.toContain('web-shop')
})

test('feedback needs a reference that was signed in the project', async () => {
  const reference = writeReference({
    ...{ instance_id: 'agent-1', decision_id: uuidV7(Date.now()), task_type: 'chat' },
    ...{ model_name: 'codex', provider: 'openai', attempt: 1, propensity: 0.25 },
  })
  const signedBy = (name: string) =>
    createReferenceSigner([referenceSecretOf(environment.WINRATE_REFERENCE_SECRET, name)]).sign(
      reference,
    )
  const send = (name: string) =>
    ask(search, '/v1/feedback', { reference: signedBy(name), success: true })
  expect((await send('search')).status).toBe(202)
  expect((await send('web-shop')).status).not.toBe(202)
})

test('a project whose database is away holds up no other, and its requests are told', async () => {
  const elsewhere = await createTestDatabase({ migrated: false })
  const urls = { distant: elsewhere.url }
  const file = `${await temporaryFolder()}/projects.json`
  await writeFile(file, JSON.stringify(urls))
  const withFile = { ...environment, WINRATE_PROJECTS_FILE: file }
  const { pool, url: connectionString } = database
  const logger = createLogger('silent')
  await createProjectControl({ pool, connectionString, urls, logger }).create('distant')
  const token = await tokenOf('distant', 'read')
  // A worker that has not been told the URL.
  const answer = await ask(token, '/v1/whoami')
  expect([answer.status, answer.json()['code']]).toEqual([503, 'project-away'])
  expect((await ask(search, '/v1/whoami')).status).toBe(200)
  await waitUntil(
    () => worker.log.some(({ msg, project }) => msg === 'project-away' && project === 'distant'),
    {
      describe: 'the worker to say why',
    },
  )
  const other = await startWorkerProcess(withFile)
  await waitUntil(
    async () => (await fetch(`${other.url}/v1/whoami`, { headers: by(token) })).status === 200,
    {
      describe: 'a worker with the file to open it',
    },
  )
  expect(await other.stop()).toBe(0)
})
