// Takes the first code out of the README and runs it in a plain project, with and without a worker.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findFreePort } from '@winrate/demo/fleet/free-port'
import { expect, onTestFinished, test } from 'vitest'
import { startBlackHole } from '../support/black-hole.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { waitUntil } from '../support/wait-until.ts'
import { startWorkerProcess } from '../support/worker-process.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const database = await createTestDatabase()

async function firstCode(document = 'README.md'): Promise<string> {
  const readme = await readFile(join(root, document), 'utf8')
  return /```js\n(import .*?)```/s.exec(readme)?.[1] ?? ''
}

/** Runs the code as a user's project would, and returns what it prints and its exit code. */
async function runFirstCode(url: string, code?: string, environment: object = {}) {
  const project = await mkdtemp(join(tmpdir(), 'winrate-first-code-'))
  onTestFinished(() => rm(project, { recursive: true, force: true }))
  const installed = join(project, 'node_modules/@winrate/router-client')
  await mkdir(dirname(installed), { recursive: true })
  await symlink(join(root, 'packages/router-client'), installed)
  await writeFile(join(project, 'agent.mjs'), code ?? (await firstCode()))
  const child = spawn(process.execPath, ['agent.mjs'], {
    cwd: project,
    env: { PATH: process.env['PATH'] ?? '', WINRATE_URL: url, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    output.stdout += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    output.stderr += String(chunk)
  })
  const [exitCode] = await once(child, 'close')
  return { exitCode, lines: output.stdout.trimEnd().split('\n'), stderr: output.stderr }
}

test('the README shows the example that is type-checked', async () => {
  const example = await readFile(join(root, 'examples/agent.mjs'), 'utf8')
  expect(await firstCode()).toBe(example.slice(example.indexOf('import ')))
})

test('the first code of the manual of the client runs too', async () => {
  const url = `http://127.0.0.1:${await findFreePort()}`
  const code = (await firstCode('packages/router-client/README.md'))
    .replace('http://127.0.0.1:8787', url)
    .replace('/var/cache/my-agent/', '')
  expect(code).toContain(`'${url}'`)
  const { exitCode, stderr } = await runFirstCode(url, code)
  expect({ exitCode, stderr }).toEqual({
    exitCode: 0,
    stderr: expect.stringMatching(/^winrate: snapshot source failed: connect ECONNREFUSED/),
  })
})

test('the example that calls falls back, checks and needs no worker', async () => {
  const url = `http://127.0.0.1:${await findFreePort()}`
  const code = await readFile(join(root, 'examples/call.mjs'), 'utf8')
  expect(await runFirstCode(url, code)).toEqual({
    ...{ exitCode: 0, stderr: '' },
    lines: [
      'busy: 529',
      'sloppy: answered, and failed verify',
      'careful: good',
      '{"city":"Utrecht"} (verdict: true)',
    ],
  })
})

test('the example with thumbs tells the worker what its visitor thinks, of the call that was drawn', async () => {
  const port = await findFreePort()
  const secret = { WINRATE_REFERENCE_SECRET: 'a secret of more than thirty-two characters' }
  const worker = await startWorkerProcess({
    ...{ DATABASE_URL: database.url, ...secret },
    ...{ WINRATE_FEEDBACK_ORIGINS: `http://127.0.0.1:${port}`, WINRATE_POLICY_EXPLORATION: '0.5' },
  })
  const isServed = async () => (await fetch(`${worker.url}/v1/snapshot`)).ok
  await waitUntil(isServed, { describe: 'a snapshot' })
  const code = await readFile(join(root, 'examples/thumbs.mjs'), 'utf8')
  const ran = await runFirstCode(worker.url, code, { ...secret, PORT: String(port) })
  expect(ran).toEqual({
    ...{ exitCode: 0, stderr: '' },
    lines: [expect.stringMatching(/^Utrecht is a city, says /), 'the thumb is sent'],
  })
  // The thumb may come before the call is told: the call completes it then.
  const counted = () =>
    database.rows<Record<string, unknown>>(`
      select success, instance_id, response_time_ms is not null as "isTimed",
        winrate.is_drawn(propensity) as "isDrawn"
      from winrate.task_preferences where counted and task_type = 'chat'`)
  await waitUntil(async () => (await counted()).some((row) => row['isTimed'] && row['success']), {
    describe: 'the thumb completes the call',
  })
  expect(await counted()).toEqual([
    { success: true, instance_id: 'chat-1', isTimed: true, isDrawn: true },
  ])
})

test('a process waits for its call, and for nothing that is left of it', async () => {
  const code = `import { createRouter } from '@winrate/router-client'
const router = createRouter({ logger: false })
const hangs = () => new Promise(() => undefined)
const why = ({ name }) => console.log(name)
await router.call('coding', 'x', hangs, { firstOutputMs: 20, maxAttempts: 1 }).catch(why)
await router.call('coding', 'x', () => 'done', { timeoutMs: 600_000, verify: () => true, verifyMs: 600_000 })
console.log('done')`
  expect(await runFirstCode('', code)).toEqual({
    ...{ exitCode: 0, stderr: '' },
    lines: ['TimeoutError', 'done'],
  })
})

test('it decides by a snapshot of the worker, and its outcome is stored', async () => {
  const worker = await startWorkerProcess({ DATABASE_URL: database.url })
  const isServed = async () => (await fetch(`${worker.url}/v1/snapshot`)).ok
  await waitUntil(isServed, { describe: 'a snapshot' })
  const { exitCode, lines, stderr } = await runFirstCode(worker.url)
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  expect(lines).toEqual([
    expect.stringMatching(/^snapshot \d+ decides$/),
    expect.stringMatching(/^call \S+ through the API of \S+ /),
    'the outcome is sent',
  ])
  const stored = () =>
    database.rows(
      `select task_type, success, instance_id from winrate.task_preferences
       where instance_id = 'first-agent'`,
    )
  await waitUntil(async () => (await stored()).length > 0, { describe: 'the outcome is stored' })
  expect(await stored()).toEqual([
    { task_type: 'coding', success: true, instance_id: 'first-agent' },
  ])
})

test.each([
  ['refuses', 'defaults', 'failed: connect ECONNREFUSED'],
  ['never answers', 'timeout', 'late: no answer within 1000 ms'],
] as const)(
  'where the address %s, it says why it decides by defaults, and that the outcome is lost',
  async (how, status, problem) => {
    const port = how === 'refuses' ? await findFreePort() : await startBlackHole(onTestFinished)
    const url = `http://127.0.0.1:${port}`
    const { exitCode, lines, stderr } = await runFirstCode(url)
    expect(exitCode).toBe(0)
    expect(stderr).toMatch(
      new RegExp(`^winrate: snapshot source ${problem}.*deciding by defaults\\)$`, 'm'),
    )
    expect(lines).toEqual([
      `no snapshot from ${url} yet (${status}): defaults decide`,
      expect.stringMatching(/^call \S+ through the API of \S+ /),
      'no worker took the outcome: it is lost',
    ])
  },
)
