// What only a separate process can show: an agent ends on its own, loses nothing when it does,
// and the router never brings it down.
import { type ChildProcess, spawn } from 'node:child_process'
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

const agent = fileURLToPath(new URL('../fixtures/router-client/agent.mjs', import.meta.url))
const blackHoleServer = fileURLToPath(
  new URL('../fixtures/router-client/black-hole.mjs', import.meta.url),
)
const snapshot = snapshotTextFromTable([])

let server: WorkerServer | undefined
let blackHole: ChildProcess | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
  blackHole?.kill('SIGKILL')
  blackHole = undefined
})

interface Ended {
  readonly code: number | null
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
      if (stdout === '') reject(new Error(`the agent said nothing: ${stderr}`))
      else resolve({ code, stderr, said: JSON.parse(stdout) })
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

test.each(['http', 'postgres'])(
  'an agent without any working %s connection still ends on its own',
  async (protocol) => {
    blackHole = spawn(process.execPath, [blackHoleServer], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [port] = await once(blackHole.stdout ?? blackHole, 'data')
    const { code, stderr, said } = await runAgent(
      `${protocol}://127.0.0.1:${String(port).trim()}`,
      'leave',
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(said.ready).toEqual({ status: 'timeout' })
  },
  // Shorter than any wait for an answer: the process ends in time only if it gives up connecting.
  30_000,
)

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
