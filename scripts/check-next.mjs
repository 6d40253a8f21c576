// `npm run check:next`: builds an application with Next.js that installs the packed client, and asks its two routes, one of Node and one
// of the edge. Next.js takes 340 MB and the npm registry, so this is no part of `npm run check`.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const INSTALLED = ['next@16.4.6', 'react@19.3.1', 'react-dom@19.3.1']
const project = mkdtempSync(join(tmpdir(), 'winrate-next-'))
process.once('exit', () => rmSync(project, { recursive: true, force: true }))
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' }
const run = (/** @type {string} */ command, /** @type {string[]} */ ...args) =>
  execFileSync(command, args, { cwd: project, env, stdio: 'inherit' })

const call = `await router.call('coding', 'Fix it', ({ model }) => model, { verify: () => true })`
const files = {
  'package.json': '{ "private": true }',
  'app/layout.js':
    'export default ({ children }) => <html lang="en"><body>{children}</body></html>',
  'app/node/route.js': `
import { createRouter } from '@winrate/router-client'
import { createWinrate } from '@winrate/router-client/ai-sdk'
export const dynamic = 'force-dynamic'
const content = [{ type: 'text', text: 'hello' }]
const languageModel = (modelId) => ({
  ...{ specificationVersion: 'v4', provider: 'house', modelId, supportedUrls: {} },
  doGenerate: async () => ({ content, finishReason: { unified: 'stop' }, usage: {}, warnings: [] }),
})
const router = createRouter({ logger: false })
const winrate = createWinrate({ router, providers: { openai: { languageModel } } })
export async function GET() {
  const { verdict } = ${call}
  const answer = await winrate('coding').doGenerate({ prompt: [] })
  return Response.json([verdict, answer.content[0].text])
}`,
  'app/edge/route.js': `
import { createRouter } from '@winrate/router-client/edge'
export const runtime = 'edge'
export async function GET() {
  const router = createRouter({ logger: false })
  const { verdict } = ${call}
  await router.close()
  return Response.json([verdict, typeof EdgeRuntime])
}`,
}
for (const [name, text] of Object.entries(files)) {
  mkdirSync(join(project, name, '..'), { recursive: true })
  writeFileSync(join(project, name), text)
}
run(process.execPath, fileURLToPath(new URL('pack.mjs', import.meta.url)), project, 'router-client')
const tarballs = readdirSync(project).filter((name) => name.endsWith('.tgz'))
run(
  'npm',
  'install',
  '--no-audit',
  '--no-fund',
  ...INSTALLED,
  ...tarballs.map((name) => `./${name}`),
)
const next = join(project, 'node_modules/next/dist/bin/next')
run(process.execPath, next, 'build')

const server = spawn(process.execPath, [next, 'start', '--port', '0'], {
  ...{ cwd: project, env, stdio: ['ignore', 'pipe', 'inherit'] },
})
process.once('exit', () => server.kill())
let origin
for await (const line of createInterface({ input: server.stdout })) {
  origin = /http:\/\/localhost:\d+/.exec(line)?.[0]
  if (origin !== undefined) break
}
for (const [path, expected] of [
  ['node', '[true,"hello"]'],
  ['edge', '[true,"string"]'],
]) {
  const text = await (await fetch(`${origin}/${path}`)).text()
  console.log(`/${path}: ${text}`)
  if (text !== expected) process.exitCode = 1
}
server.kill()
