// Agents that reach their worker through proxies. Each agent is a process of its own: what a proxy sends must never end it.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { snapshotTextFromTable } from '@winrate/router-client/testing'
import { expect, onTestFinished, test } from 'vitest'
import {
  createWorkerServer,
  snapshotEvent,
  type WorkerServer,
} from '../../packages/router-client/test-support/worker-server.ts'
import { forward, startHttpProxy } from '../support/http-proxy.ts'
import { waitUntil } from '../support/wait-until.ts'

const agentFile = fileURLToPath(
  new URL('../fixtures/router-client/reporting-agent.mjs', import.meta.url),
)
const certificateFile = fileURLToPath(new URL('../fixtures/tls/certificate.pem', import.meta.url))
const keyFile = fileURLToPath(new URL('../fixtures/tls/key.pem', import.meta.url))

function text(version: number): string {
  return snapshotTextFromTable(
    [{ taskType: 'coding', model: 'gpt-4o', samples: 400, successes: 399 }],
    { version },
  )
}

async function startServer(): Promise<WorkerServer & { readonly port: number }> {
  const server = await createWorkerServer(text(1))
  onTestFinished(() => server.close())
  server.onOutcomes((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      const { batch_id: batchId, outcomes } = JSON.parse(body)
      response.writeHead(202, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ batchId, outcomes: outcomes.length }))
    })
  })
  return { ...server, port: Number(new URL(server.url).port) }
}

/** Another door to the worker: TLS ends here. */
async function startTlsDoor(server: { readonly port: number }): Promise<number> {
  const door = createTlsServer(
    { key: readFileSync(keyFile), cert: readFileSync(certificateFile) },
    (request, response) => forward(request, response, server.port),
  )
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    door.closeAllConnections()
    await new Promise((resolve) => door.close(resolve))
  })
  return (door.address() as AddressInfo).port
}

interface Report {
  readonly version?: number
  readonly problem?: string
  readonly modelName?: string
  readonly status?: string
}

function startAgent(url: string, environment: Record<string, string> = {}, options: object = {}) {
  const child: ChildProcessWithoutNullStreams = spawn(
    process.execPath,
    ['--unhandled-rejections=strict', agentFile, url, JSON.stringify(options)],
    {
      env: {
        PATH: process.env['PATH'] ?? '',
        NODE_EXTRA_CA_CERTS: certificateFile,
        ...environment,
      },
    },
  )
  const exited = once(child, 'exit')
  const reports: Report[] = []
  let stderr = ''
  createInterface({ input: child.stdout }).on('line', (line) => reports.push(JSON.parse(line)))
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return {
    reports,
    /** The first report that meets the condition. */
    report: (condition: (report: Report) => boolean) =>
      waitUntil(
        () => {
          if (child.exitCode !== null) throw new Error(`the agent ended: ${stderr}`)
          return reports.find(condition)
        },
        { describe: `a report of the agent; so far ${JSON.stringify(reports)}` },
      ),
    /** Lets it decide, record and send. */
    act: () => child.stdin.write('\n'),
    /** Ends its input, and returns its exit code. */
    async end(): Promise<unknown> {
      child.stdin.end()
      const [code] = await exited
      return code
    },
  }
}

test('agents survive workers that restart behind a proxy that keeps connections', async () => {
  const server = await startServer()
  const proxy = await startHttpProxy(server.port)
  let streams = 0
  server.onStream((request, response) => {
    expect(request.headers['accept-encoding']).toBeUndefined()
    streams += 1
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(snapshotEvent(text(streams)))
    if (streams === 6) return
    const goodbye = 'event: goodbye\ndata: {"reason":"stopping","reconnectAfterMs":1}\n\n'
    setTimeout(() => response.end(goodbye), 20)
  })
  const agent = startAgent(
    `http://127.0.0.1:${proxy.port}`,
    {},
    { reconnectMs: 20, streamGraceMs: 60_000 },
  )
  await agent.report(({ version }) => version === 6)
  agent.act()
  expect(await agent.report(({ status }) => status !== undefined)).toEqual({
    modelName: 'gpt-4o',
    status: 'flushed',
  })
  expect(agent.reports.filter(({ problem }) => problem !== undefined)).toEqual([])
  expect(await agent.end()).toBe(0)
})

const authorization = `Basic ${Buffer.from('us@er:secret').toString('base64')}`

test.each(['http', 'https'])('an agent reaches an %s worker through a proxy', async (scheme) => {
  const server = await startServer()
  const port = scheme === 'http' ? server.port : await startTlsDoor(server)
  const proxy = await startHttpProxy(port, authorization)
  const address = `http://us%40er:secret@127.0.0.1:${proxy.port}`
  const agent = startAgent(`${scheme}://worker.test:${port}`, {
    [`${scheme.toUpperCase()}_PROXY`]: address,
  })
  await agent.report(({ version }) => version === 1)
  agent.act()
  await agent.report(({ status }) => status === 'flushed')
  server.publish(text(2))
  await agent.report(({ version }) => version === 2)
  expect(await agent.end()).toBe(0)
  const origin = `http://worker.test:${port}`
  expect(new Set(proxy.asked)).toEqual(
    new Set(
      scheme === 'http'
        ? [
            `GET ${origin}/v1/snapshot/stream ${authorization}`,
            `POST ${origin}/v1/outcomes ${authorization}`,
          ]
        : [`CONNECT worker.test:${port} ${authorization}`],
    ),
  )
})

test('a proxy that wants a password is named, and an agent outlives it', async () => {
  const server = await startServer()
  const proxy = await startHttpProxy(server.port, authorization)
  const agent = startAgent('https://worker.test', { HTTPS_PROXY: `127.0.0.1:${proxy.port}` })
  const { problem } = await agent.report((report) => report.problem !== undefined)
  expect(problem).toMatch(/^the proxy 127.0.0.1:\d+ refused a tunnel with status 407: put user/)
  expect(await agent.end()).toBe(0)
})

test('a proxy that hangs does not hold an agent that is closed', async () => {
  let connections = 0
  const silent = createServer((socket) => {
    connections += 1
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void silent.close())
  const { port } = silent.address() as AddressInfo
  const agent = startAgent('https://worker.test', { HTTPS_PROXY: `127.0.0.1:${port}` })
  await waitUntil(() => connections > 0, { describe: 'a tunnel that is asked for' })
  expect(await agent.end()).toBe(0)
})
