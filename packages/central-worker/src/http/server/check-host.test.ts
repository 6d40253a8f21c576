import { createConnection } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'

const running: TestServer[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ server }) => server.stop()))
})

async function start(...overrides: Parameters<typeof startTestServer>): Promise<TestServer> {
  const started = await startTestServer(...overrides)
  running.push(started)
  return started
}

/** Sends lines as they are; resolves with the status and the code of the error, if any. */
function send(port: number, lines: readonly string[], body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1')
    let received = ''
    socket.setEncoding('utf8').on('data', (text) => {
      received += text
    })
    socket.on('error', reject)
    socket.on('close', () => {
      const status = received.split(' ')[1] ?? 'none'
      const code = /"code":"([^"]+)"/.exec(received)?.[1]
      resolve(code === undefined ? status : `${status} ${code}`)
    })
    socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`)
  })
}

const outcome = '{"task_type":"coding","model_name":"codex","success":true,"instance_id":"a"}'

const requests: [string, string, string, string][] = [
  ['GET', '/v1/instances', '', '200'],
  ['GET', '/v1/metrics', '', '200'],
  ['GET', '/metrics', '', '200'],
  ['GET', '/', '', '200'],
  ['GET', '/openapi.json', '', '200'],
  ['GET', '/v1/snapshot', '', '503 no-snapshot-yet'],
  ['GET', '/v1/snapshot/stream', '', '429 too-many-streams'],
  ['POST', '/v1/outcomes', outcome, '202'],
  ['POST', '/v1/admin/unpin', '', '200'],
  ['POST', '/v1/admin/pin', '{"version":1}', '200'],
]

function lines(method: string, path: string, body: string, ...headers: string[]): string[] {
  const about = body === '' ? [] : ['Content-Type: application/json']
  return [`${method} ${path} HTTP/1.1`, ...headers, ...about, `Content-Length: ${body.length}`]
}

it.each(requests)('without tokens, %s %s is for loopback names only', async (...row) => {
  const [method, path, body, status] = row
  const { port, published } = await start()
  const sendTo = (host: string) =>
    send(port, lines(method, path, body, `Host: ${host}`, `Origin: http://${host}`), body)
  expect(await sendTo('evil.example:8787')).toBe('403 unknown-host')
  expect(published).toEqual([])
  expect(await sendTo('localhost:8787')).toBe(status)
})

it.each([
  'localhost',
  'LOCALHOST:80',
  'localhost.',
  'winrate.localhost:8787',
  '127.0.0.1',
  '127.0.0.1:8787',
  '127.255.3.4',
  '[::1]',
  '[::1]:8787',
])('takes %s for this machine', async (host) => {
  const { port } = await start()
  expect(await send(port, lines('GET', '/v1/instances', '', `Host: ${host}`))).toBe('200')
})

it.each([
  'evil',
  'evil.example',
  'localhost.evil.example',
  'localhost.evil.example.',
  'evil-localhost',
  'localhost..',
  '.localhost',
  'localhost:8787.evil.example',
  'localhost@evil.example',
  'localhost, evil.example',
  'localhost/evil',
  '127.0.0.1.nip.io',
  '127.0.0.1.evil.example:8787',
  '127.0.0',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '0.0.0.0',
  '10.0.0.1',
  '[::ffff:127.0.0.1]',
  '[::]',
  '[fe80::1]',
  'ⓛocalhost',
  '',
])('does not take %j for this machine', async (host) => {
  const { port } = await start()
  const answer = await send(port, lines('GET', '/v1/instances', '', `Host: ${host}`))
  expect(answer).toBe('403 unknown-host')
})

it.each([
  ['several Host headers', ['GET /v1/instances HTTP/1.1', 'Host: localhost', 'Host: evil']],
  ['several Host headers, the other first', ['GET / HTTP/1.1', 'Host: evil', 'Host: localhost']],
  ['no Host header', ['GET /v1/instances HTTP/1.0']],
  ['a URL of another host', ['GET http://evil/v1/instances HTTP/1.1', 'Host: localhost']],
  ['a URL of this machine', ['GET http://localhost/v1/instances HTTP/1.1', 'Host: evil']],
  ['another scheme', ['GET ftp://evil/v1/instances HTTP/1.1', 'Host: localhost']],
  [
    'the host that a proxy was asked for',
    ['GET /v1/instances HTTP/1.1', 'Host: evil', 'X-Forwarded-Host: localhost'],
  ],
  [
    'an upgrade',
    ['GET /v1/snapshot/stream HTTP/1.1', 'Host: evil', 'Upgrade: websocket', 'Connection: upgrade'],
  ],
])('refuses %s', async (_what, request) => {
  const { port } = await start()
  expect(await send(port, request)).toMatch(/^403 unknown-host$|^404 not-found$/)
})

it('refuses HTTP/1.1 without Host', async () => {
  const { port } = await start()
  expect(await send(port, ['GET /v1/instances HTTP/1.1'])).toBe('400')
})

it.each([
  ['another origin', ['Origin: http://evil.example']],
  ['another port', ['Origin: http://localhost:3000']],
  ['no origin', ['Origin: null']],
  ['an opaque origin', ['Origin: file://']],
  ['another site, without an origin', ['Sec-Fetch-Site: cross-site']],
  ['another port, as the browser says', ['Sec-Fetch-Site: same-site']],
])('takes no change from a page of %s', async (_what, headers) => {
  const { port } = await start()
  const request = lines('POST', '/v1/admin/unpin', '', 'Host: localhost:8787', ...headers)
  expect(await send(port, request)).toBe('403 other-origin')
})

it('takes changes from its own pages and from programs', async () => {
  const { port } = await start()
  const host = 'Host: LocalHost:8787'
  for (const headers of [
    [],
    ['Origin: http://localhost:8787', 'Sec-Fetch-Site: same-origin'],
    ['Sec-Fetch-Site: none'],
  ]) {
    expect(await send(port, lines('POST', '/v1/admin/unpin', '', host, ...headers))).toBe('200')
  }
})

it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
  'takes no form as %s',
  async (type) => {
    const { port, published } = await start()
    const head = ['POST /v1/outcomes HTTP/1.1', 'Host: localhost', `Content-Type: ${type}`]
    const request = [...head, `Content-Length: ${outcome.length}`]
    expect(await send(port, request, outcome)).toBe('415 unsupported-media-type')
    expect(published).toEqual([])
  },
)

it('takes the names that the operator allows', async () => {
  const { port } = await start({ config: { allowedHosts: ['winrate.example'] } })
  const ask = (host: string) => send(port, lines('GET', '/v1/instances', '', `Host: ${host}`))
  expect(await ask('Winrate.example:443')).toBe('200')
  expect(await ask('other.example')).toBe('403 unknown-host')
})

it('asks for a token or a loopback name, scope by scope', async () => {
  const { port } = await start({ config: { tokens: { read: ['read-secret'] } } })
  const token = 'Authorization: Bearer read-secret'
  expect(await send(port, lines('GET', '/metrics', '', 'Host: worker:8787', token))).toBe('200')
  expect(await send(port, lines('GET', '/metrics', '', 'Host: worker:8787'))).toBe(
    '401 unauthorized',
  )
  const request = lines('POST', '/v1/outcomes', outcome, 'Host: worker:8787', token)
  expect(await send(port, request, outcome)).toBe('403 unknown-host')
})

it.each(['/healthz', '/readyz'])('answers %s under every name', async (path) => {
  const { port } = await start()
  expect(await send(port, lines('GET', path, '', 'Host: 10.1.2.3:8787'))).toBe('200')
})
