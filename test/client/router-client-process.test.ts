// What only a separate process can show: an agent ends on its own, loses nothing when it does,
// and the router never brings it down.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { snapshotTextFromTable } from '@winrate/router-client/testing'
import { parseSnapshotText } from '@winrate/shared-schema/contracts'
import { afterEach, expect, test } from 'vitest'
import {
  createWorkerServer,
  type WorkerServer,
} from '../../packages/router-client/test-support/worker-server.ts'
import { startBlackHole } from '../support/black-hole.ts'

const agent = fileURLToPath(new URL('../fixtures/router-client/agent.mjs', import.meta.url))
const snapshot = snapshotTextFromTable([])

let server: WorkerServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

interface Ended {
  readonly code: number | null
  /** Without the lines of the router's own logger. */
  readonly stderr: string
  readonly said: { ready: { status: string }; recorded: string; resources: string[] }
}

function runAgent(url: string, manner: 'leave' | 'close' | 'wait'): Promise<Ended> {
  const child = spawn(
    process.execPath,
    ['--unhandled-rejections=strict', '--no-warnings=ExperimentalWarning', agent, url, manner],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      if (stdout === '') return reject(new Error(`the agent said nothing: ${stderr}`))
      const others = stderr.replace(/^winrate: .*\n/gm, '')
      resolve({ code, stderr: others, said: JSON.parse(stdout) })
    })
  })
}

async function startServer(): Promise<{ url: string; outcomes: () => number }> {
  const started = await createWorkerServer(snapshot)
  server = started
  let outcomes = 0
  started.onOutcomes((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      const batch = JSON.parse(body)
      outcomes += batch.outcomes.length
      response.writeHead(202, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ batchId: batch.batch_id, outcomes: batch.outcomes.length }))
    })
  })
  return { url: started.url, outcomes: () => outcomes }
}

test('an agent with an open stream ends on its own, and its outcomes arrive', async () => {
  const { url, outcomes } = await startServer()
  const { code, stderr, said } = await runAgent(url, 'leave')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(said).toMatchObject({
    ready: { status: 'fresh', version: parseSnapshotText(snapshot).version },
  })
  expect(outcomes()).toBe(1)
})

test('close leaves no timer and no socket', async () => {
  const { url, outcomes } = await startServer()
  const { code, said } = await runAgent(url, 'close')
  expect(code).toBe(0)
  expect(said.resources).toEqual([])
  expect(outcomes()).toBe(1)
})

test('an awaited flush completes before the process ends', async () => {
  const { url, outcomes } = await startServer()
  const { code } = await runAgent(url, 'wait')
  expect(code).toBe(0)
  expect(outcomes()).toBe(1)
})

test('an agent without a server ends on its own, without unhandled rejections', async () => {
  const { url } = await startServer()
  await server?.close()
  const { code, stderr, said } = await runAgent(url, 'leave')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(said).toMatchObject({ ready: { status: 'defaults' }, recorded: 'queued' })
})

test('an agent whose server hangs is ready after its timeout, and ends on its own', async () => {
  const { url } = await startServer()
  server?.onStream(() => undefined)
  server?.onSnapshot(() => undefined)
  server?.onOutcomes(() => undefined)
  const { code, stderr, said } = await runAgent(url, 'leave')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(said.ready).toEqual({ status: 'timeout' })
})

test.for(['http', 'postgres'])(
  'an agent without any working %s connection still ends on its own',
  // Shorter than any wait for an answer: the process ends in time only if it gives up connecting.
  { timeout: 30_000 },
  async (protocol, { onTestFinished }) => {
    const port = await startBlackHole(onTestFinished)
    const { code, stderr, said } = await runAgent(`${protocol}://127.0.0.1:${port}`, 'leave')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(said.ready).toEqual({ status: 'timeout' })
  },
)

/** Runs a module in a process of its own; returns what it printed. */
async function runModule(source: string): Promise<string> {
  const child = spawn(
    process.execPath,
    ['--unhandled-rejections=strict', '--input-type=module', '--eval', source],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk
  })
  expect(await once(child, 'close')).toEqual([0, null])
  return stdout
}

test.concurrent.for([
  ['throw', 'throw new Error("of a callback")'],
  ['reject', 'return Promise.reject(new Error("of a callback"))'],
  ['reject in another realm', 'return runInNewContext("Promise.reject(new Error())")'],
  [
    'return a promise of a library that rejects',
    'return { then: (_, reject) => reject(new Error()) }',
  ],
  [
    'return what throws when it is looked at',
    'return new Proxy({}, { get() { throw new Error() } })',
  ],
  ['return nonsense', 'return { status: "retry", problem: Symbol(), retryAfterMs: NaN }'],
] as const)('callbacks that %s do not end an agent', async ([, body]) => {
  const printed = await runModule(`
    import { runInNewContext } from 'node:vm'
    import { createRouter } from '@winrate/router-client'
    let calls = 0
    const callback = () => {
      calls += 1
      ${body}
    }
    const router = createRouter({
      snapshots: { expectsUpdates: true, start: callback, stop: callback, status: callback },
      outcomes: { send: callback, close: callback },
      logger: { debug: callback, info: callback, warn: callback, error: callback },
    })
    const names = ['snapshot', 'stale', 'recovered', 'recorded', 'dropped', 'error']
    for (const name of names) router.on(name, callback)
    const { decisionId } = router.route('x', 'coding')
    router.recordPreference({ decisionId, success: true })
    router.recordPreference({ decisionId: 'unknown', success: true })
    router.status()
    await router.flush({ timeoutMs: 300 })
    await router.close({ timeoutMs: 300 })
    console.log(calls > 8 && calls < 200)`)
  expect(printed).toBe('true\n')
})

test.concurrent.for(['http', 'postgres'])(
  'a host that got more time to connect over %s does not hold an agent that is done',
  async (protocol, { onTestFinished }) => {
    const port = await startBlackHole(onTestFinished)
    const source = protocol === 'http' ? 'httpSnapshots' : 'postgresSnapshots'
    const address = protocol === 'http' ? 'url' : 'connectionString'
    // The work ends during the second attempt, which may take 6 s.
    const problems = await runModule(`
      import { createRouter, ${source} } from '@winrate/router-client'
      const at = '${protocol}://127.0.0.1:${port}'
      const snapshots = ${source}({ ${address}: at, reconnectMs: 50 })
      createRouter({ snapshots }).on('error', ({ problem }) => console.log(problem))
      setTimeout(() => undefined, 6_000)`)
    const cuts = problems.trim().split('\n')
    expect(cuts.length).toBeGreaterThanOrEqual(2)
    for (const cut of cuts) expect(cut).toMatch(/^no connection to .* within 3\d\d\d ms$/)
  },
)

test('a name with several addresses, the first of which does not answer, holds no agent', async () => {
  const { url } = await startServer()
  const { port } = new URL(url)
  const printed = await runModule(`
    import { Agent } from 'node:http'
    import { createRouter, httpSnapshots } from '@winrate/router-client'
    const addresses = [{ address: '::1', family: 6 }, { address: '127.0.0.1', family: 4 }]
    const agent = new Agent({ lookup: (name, options, done) => done(null, addresses) })
    const snapshots = httpSnapshots({ url: 'http://worker.test:${port}', agent })
    console.log((await createRouter({ snapshots }).ready()).status)`)
  expect(printed).toBe('fresh\n')
})

test('close leaves no connection to a hanging Postgres', async () => {
  const silent = createServer(() => undefined)
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const { code, stderr, said } = await runAgent(`postgres://127.0.0.1:${port}/any`, 'close')
  silent.close()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(said.resources).toEqual([])
})
