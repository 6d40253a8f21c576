// However an agent's process ends, its outcomes reach the tables: the next start sends what the spool holds. Without a
// spool, what is lost is told.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { uuidV7 } from '@winrate/shared-schema/contracts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { anOutcome } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'

const database = await createTestDatabase()
const agent = fileURLToPath(new URL('../fixtures/router-client/ending-agent.mjs', import.meta.url))
const host = hostname().replace(/[^\w-]/g, '_')
const started: ChildProcess[] = []
let folder = ''
let spoolFile = ''

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'winrate-spool-'))
  spoolFile = join(folder, 'unsent')
  await database.pool.query(emptying('winrate.task_preferences, pgmq.q_task_preferences'))
})

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
  chmodSync(folder, 0o700)
  rmSync(folder, { recursive: true })
})

const nowhere = 'postgres://nobody@127.0.0.1:9/none'

function start(manner: string, { spool = spoolFile, url = database.url, expected = 3 } = {}) {
  const child = spawn(process.execPath, [agent, url, spool, manner, String(expected)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(child)
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output.stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    output.stderr += chunk
  })
  const ended = once(child, 'close').then(() => output)
  return { child, output, ended }
}

const files = () => readdirSync(folder)
const ready = (output: { readonly stdout: string }) =>
  waitUntil(async () => output.stdout.includes('ready'), { describe: 'the agent recorded' })
const spooled = () =>
  files()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter(Boolean).length
/** The agent's file holds its three outcomes, and is no longer being written. */
const saved = () =>
  waitUntil(async () => spooled() === 3 && files().every((name) => !name.endsWith('.tmp')), {
    describe: 'outcomes on disk',
  })

/** How many outcomes the next start makes of what is left: those that it took over, and those that are stored. */
async function sendRest(expected = 3) {
  const { stdout } = await start('send', { expected }).ended
  const status = JSON.parse(stdout)
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
  const stored = await database.count('select count(*) from winrate.task_preferences')
  return { restored: status.restored, sent: status.sent, stored, left: files() }
}

const all = { restored: 3, sent: 3, stored: 3, left: [] }

test.each(['exit', 'throw', 'thread'])(
  'what an agent that ends by %s has recorded is sent by the next start',
  async (manner) => {
    await start(manner).ended
    expect(spooled()).toBe(3)
    expect(statSync(join(folder, files()[0] ?? '')).mode & 0o777).toBe(0o600)
    expect(await sendRest()).toEqual(all)
  },
  60_000,
)

test('a worker of a cluster that is disconnected sends what it has before it ends', async () => {
  await start('disconnect').ended
  await ingestMessages(database.pool, { maxMessages: 100, retentionDays: 30 })
  expect(await database.count('select count(*) from winrate.task_preferences')).toBe(3)
  expect(files()).toEqual([])
}, 60_000)

test('so is what it recorded before a signal that it handles', async () => {
  const { child, output, ended } = start('handled')
  await ready(output)
  child.kill('SIGTERM')
  await ended
  expect(await sendRest()).toEqual(all)
}, 60_000)

test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
  'and what it recorded a second before %s',
  async (signal) => {
    const { child, ended } = start('wait')
    await saved()
    child.kill(signal)
    await ended
    expect(await sendRest()).toEqual(all)
  },
  60_000,
)

test('close leaves to the next start what it could not send', async () => {
  const { output, ended } = start('close', { url: nowhere })
  await ended
  expect(JSON.parse(output.stdout)).toMatchObject({ spooled: 3, buffered: 0, dropped: {} })
  expect(await sendRest()).toEqual(all)
}, 60_000)

test('without a spool one line says how many outcomes are lost', async () => {
  const { stderr } = await start('exit', { spool: '' }).ended
  expect(stderr.split('\n').filter((line) => line.includes('unsent-at-exit'))).toEqual([
    expect.stringMatching(/count 3.*/),
  ])
}, 60_000)

test('what is sent from two copies of a spool is stored once', async () => {
  await start('exit').ended
  const [name = ''] = files()
  writeFileSync(join(folder, `${name.slice(0, -8)}aaaaaaaa`), readFileSync(join(folder, name)))
  expect(await sendRest(6)).toEqual({ restored: 6, sent: 6, stored: 3, left: [] })
}, 60_000)

test('of two starts one takes over a file, and neither that of an agent that lives', async () => {
  const living = start('wait', { url: nowhere })
  await saved()
  const [own = ''] = files()
  await start('exit').ended
  const others = [start('send'), start('send')]
  const sent = await Promise.all(
    others.map(async ({ ended }) => JSON.parse((await ended).stdout).restored),
  )
  expect(sent.sort()).toEqual([0, 3])
  expect(files()).toEqual([own])
  living.child.kill('SIGKILL')
}, 90_000)

test('the tail of a write that was cut is ignored, and told', async () => {
  const lines = [anOutcome(), anOutcome()].map((outcome) => JSON.stringify(outcome))
  writeFileSync(
    `${spoolFile}.${host}.999999999.0123abcd`,
    `${lines.join('\n')}\n{"outcome_id":"${uuidV7(1)}`,
  )
  const { output, ended } = start('send')
  await ended
  expect(JSON.parse(output.stdout)).toMatchObject({ restored: 2, sent: 2 })
  expect(output.stderr).toContain('outcome spool damaged')
  expect(files()).toEqual([])
}, 60_000)

test('the file of an agent on another host is taken only once it is silent', async () => {
  const name = `${spoolFile}.other-host.1.0123abcd`
  writeFileSync(name, `${JSON.stringify(anOutcome())}\n`)
  await start('exit').ended
  expect((await sendRest()).restored).toBe(3)
  expect(files()).toHaveLength(1)
}, 60_000)

test('a folder that cannot be written is told and harms nothing', async () => {
  const spool = join(agent, 'no-folder', 'unsent')
  const { stderr } = await start('exit', { spool }).ended
  expect(stderr).toContain('outcome spool not written')
  expect(stderr).toContain('unsent-at-exit')
}, 60_000)
