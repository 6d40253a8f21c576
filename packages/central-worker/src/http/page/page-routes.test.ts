import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gzipSync } from 'node:zlib'
import { afterEach, expect, it, onTestFinished } from 'vitest'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { readPageFiles } from './page-files.ts'

const running: TestServer[] = []
const html = '<!doctype html><title>Winrate</title>'
const token = 'a-token-for-reading'

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ server }) => server.stop()))
})

/** A folder as a build leaves it. */
function builtPage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'winrate-page-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), html)
  writeFileSync(join(folder, 'assets/index-1a2b.js'), 'let a = 1')
  writeFileSync(join(folder, 'assets/index-1a2b.js.br'), brotliCompressSync('let a = 1'))
  writeFileSync(join(folder, 'assets/index-1a2b.js.gz'), gzipSync('let a = 1'))
  return folder
}

async function start(page = readPageFiles(builtPage())): Promise<TestServer['ask']> {
  const started = await startTestServer({ config: { page, tokens: { read: [token] } } })
  running.push(started)
  return started.ask
}

it('the page needs no token, is asked for again each time, and may load nothing from elsewhere', async () => {
  const ask = await start()
  const { status, headers, text } = await ask('/ui/')
  expect({ status, text }).toEqual({ status: 200, text: html })
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  })
  const policy = String(headers['content-security-policy'])
  expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/)
  expect(policy).not.toMatch(/unsafe|https?:|\*/)
  const again = await ask('/ui/', { headers: { 'if-none-match': String(headers.etag) } })
  expect(again).toMatchObject({ status: 304, text: '' })
})

it('files with a name of their content are packed, and kept for a year', async () => {
  const ask = await start()
  const file = '/ui/assets/index-1a2b.js'
  const packed = await ask(file, { headers: { 'accept-encoding': 'gzip, deflate, br' } })
  expect(packed.headers).toMatchObject({
    'content-encoding': 'br',
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'accept-encoding',
  })
  expect(brotliDecompressSync(packed.bytes).toString()).toBe('let a = 1')
  const gzipped = await ask(file, { headers: { 'accept-encoding': 'gzip, br;q=0' } })
  expect(gzipped.headers['content-encoding']).toBe('gzip')
  expect((await ask(file)).text).toBe('let a = 1')
})

it.each(['/ui/../package.json', '/ui/%2e%2e/package.json', '/ui/absent.js', '/ui/assets/'])(
  '%s leads nowhere',
  async (path) => {
    const ask = await start()
    expect((await ask(path)).status).toBe(404)
  },
)

it('a browser at / is led to the page, relative to where it is; others get the endpoints', async () => {
  const ask = await start()
  const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
  const led = await ask('/', { headers: { accept } })
  expect({ status: led.status, location: led.headers.location }).toEqual({
    status: 302,
    location: 'ui/',
  })
  expect((await ask('/ui')).headers.location).toBe('ui/')
  for (const other of ['*/*', 'application/json', undefined]) {
    const authorization = `Bearer ${token}`
    const answer = await ask('/', {
      headers: { authorization, ...(other !== undefined && { accept: other }) },
    })
    expect(answer.status).toBe(200)
    expect(answer.json()).toMatchObject({ name: 'winrate central-worker' })
  }
})

it('says in one line that the dashboard was not built', async () => {
  const ask = await start(readPageFiles(join(tmpdir(), 'winrate-no-such-folder')))
  const { status, headers, text } = await ask('/ui/')
  expect(status).toBe(404)
  expect(headers['content-type']).toMatch(/^text\/plain/)
  expect(text.trimEnd().split('\n')).toHaveLength(1)
  expect(text).toContain('npm run build')
})

it('without a page there is nothing, and browsers get what others get', async () => {
  const started = await startTestServer()
  running.push(started)
  expect((await started.ask('/ui/')).status).toBe(404)
  expect((await started.ask('/', { headers: { accept: 'text/html' } })).status).toBe(200)
})
