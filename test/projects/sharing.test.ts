// A project that learns begins with what at least three others know, and departs from it with its own outcomes.
import { sharingFactsSchema, statusBodySchema } from '@winrate/shared-schema/http'
import { afterAll, expect, test } from 'vitest'
import { createPool } from '../../packages/central-worker/src/postgres/create-pool.ts'
import { setSharing } from '../../packages/central-worker/src/sharing/sharing-settings.ts'
import { anOutcome } from '../support/outcomes.ts'
import { onServer } from '../support/server-databases.ts'
import { waitUntil } from '../support/wait-until.ts'
import { openProjects } from './open-projects.ts'

const teams = ['team-a', 'team-b', 'team-c']
const { databaseOf, command, tokenOf, ask, opened, logger } = await openProjects(
  [...teams, 'new-team'],
  afterAll,
)
const models = ['claude-sonnet', 'gpt-4o']
const providerOf = (model: string) => (model === 'gpt-4o' ? 'openai' : 'anthropic')

async function share(name: string, setting: { shares: boolean; learns: boolean }) {
  const pool = createPool({ connectionString: databaseOf(name), size: 1, logger })
  await setSharing(pool, setting).finally(() => pool.end())
}

/** 25 outcomes of each model, of which one is good. */
async function send(token: string, good: string, fields = {}) {
  const outcomes = models.flatMap((model_name) =>
    Array.from({ length: 25 }, () =>
      anOutcome({
        ...{ model_name, provider: providerOf(model_name), response_quality: undefined },
        ...{ success: model_name === good, ...fields },
      }),
    ),
  )
  const answer = await ask(token, '/v1/outcomes', outcomes)
  expect(answer.status, answer.text).toBe(202)
}

/** The model that a plain request of the project gets, of the two. */
async function chosen(token: string): Promise<unknown> {
  const options = { candidates: models, risk: 'high' }
  const answer = await ask(token, '/v1/explain', { taskType: 'coding', options })
  return Object(answer.json()['decision'])['modelName'] ?? answer.text
}

const known = () =>
  onServer(databaseOf('new-team'), async (client) => {
    const { rows } = await client.query<{ text: string }>(
      'select shared::text as text from winrate.shared_cells as shared order by 1',
    )
    return rows.map(({ text }) => text)
  })

/** Waits for so many ticks, each of which is as long as an exchange is away. */
async function ticksOf(token: string, count: number) {
  const last = async () =>
    statusBodySchema.parse((await ask(token, '/v1/status')).json()).tick.lastAt
  for (let at = 0; at < count; at++) {
    const before = await last()
    await waitUntil(async () => (await last()) !== before, { describe: 'a tick' })
  }
}

test('opt-in on both sides, a floor of three, no foreign names, and a quick way out', async () => {
  const tokens = await Promise.all(teams.map((team) => tokenOf(team, 'publish', 'read')))
  const newcomer = await tokenOf('new-team', 'publish', 'read')
  await Promise.all([...tokens, newcomer].map(opened))
  for (const token of tokens) {
    await send(token, 'gpt-4o')
    await send(token, 'gpt-4o', { task_type: 'secret-work' })
  }
  for (const [at, token] of tokens.entries()) {
    await waitUntil(async () => (await ask(token, '/v1/metrics')).text.includes('secret-work'), {
      describe: `${teams[at]} to have learned`,
    })
  }
  await share('new-team', { shares: false, learns: true })
  for (const team of teams.slice(1)) await share(team, { shares: true, learns: false })
  // Of two projects, and of three of which one did not agree, nothing is told; then of three it is.
  await ticksOf(newcomer, 3)
  expect(await known()).toEqual([])
  expect(await chosen(newcomer)).toBe('claude-sonnet')
  await share('team-a', { shares: true, learns: false })
  await waitUntil(async () => (await known()).length === 2, {
    describe: 'what three teams know to arrive',
  })
  expect((await known()).join()).not.toContain('secret')
  await waitUntil(async () => (await chosen(newcomer)) === 'gpt-4o', {
    describe: `the newcomer to begin with what others know`,
  })
  // What is not its own is in none of its numbers.
  expect((await ask(newcomer, '/v1/metrics')).text).not.toContain('"samples":25')
  const facts = await command('sharing', '--project', 'new-team', '--json')
  expect(sharingFactsSchema.parse(JSON.parse(facts))).toEqual({
    ...{ project: 'new-team', shares: false, learns: true, cells: 2 },
  })

  await send(newcomer, 'claude-sonnet')
  await waitUntil(async () => (await chosen(newcomer)) === 'claude-sonnet', {
    describe: '50 outcomes of its own to outweigh what others know',
  })
  await command('sharing', 'off', '--project', 'new-team')
  expect(await known()).toEqual([])
})
