// The packed client in an empty project: its size, its types in every flavour, and that it runs.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { EdgeVM } from '@edge-runtime/vm'
import { build } from 'esbuild'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findPackageProblems } from '../support/package-problems.ts'
import { installPacked } from '../support/packed.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const tsc = join(root, 'node_modules/typescript/bin/tsc')
let project: string
let packed: string

beforeAll(async () => {
  const installed = await installPacked(['router-client'], '--offline')
  project = installed.project
  packed = installed.tarballs[0] ?? ''
  await mkdir(join(project, 'node_modules/@types'), { recursive: true })
  for (const name of ['node', 'undici-types']) {
    const from = join(root, 'node_modules/@types/node', name === 'node' ? '' : '../../undici-types')
    await symlink(
      from,
      join(project, 'node_modules', name === 'node' ? '@types/node' : name),
    ).catch(() => undefined)
  }
  const use = `
import { createRouter, httpOutcomes, httpSnapshots, RouterError } from '@winrate/router-client'
import type { CatalogueEntry, Outcome, Policy, RouteOptions, RouterOptions } from '@winrate/router-client'
import { createWinrate, type SdkModel } from '@winrate/router-client/ai-sdk'
import { createWinrate as createAnthropic, type Middleware } from '@winrate/router-client/anthropic'
import { createWinrate as createFetch, type Fetch } from '@winrate/router-client/openai'
import { manualClock, recordingSink, staticSource } from '@winrate/router-client/testing'

type Loose<Of> = { [Name in keyof Of]: Of[Name] | undefined }
declare const options: Loose<RouterOptions>
declare const wishes: Loose<RouteOptions>
declare const entry: Loose<Omit<CatalogueEntry, 'key' | 'provider' | 'model'>>
declare const maybe: { text: string | undefined; number: number | undefined }
const entries: CatalogueEntry[] = [{ ...entry, key: 'm', provider: 'p', model: 'm-1' }]
const policy: Policy = { kind: 'thompson' }
export const router = createRouter({
  ...options,
  catalogue: entries,
  policy,
  snapshots: httpSnapshots({ url: 'http://localhost', token: maybe.text }),
  outcomes: httpOutcomes({ url: 'http://localhost', token: maybe.text }),
})
const decision = router.route('Fix it', 'coding', wishes)
export const outcome: Outcome = {
  decisionId: decision.decisionId,
  success: true,
  costUsd: maybe.number,
  feedbackText: maybe.text,
}
router.recordPreference(outcome)
declare const house: { languageModel(id: string): SdkModel }
export const winrate = createWinrate({ router, providers: { house }, ...wishes })
export const model: SdkModel = winrate('coding', { verify: ({ text }) => text !== maybe.text })
winrate.feedback(undefined, { success: true, qualityScore: maybe.number })
const compatible = createFetch({
  ...{ router, provider: maybe.text, ...wishes },
  verify: ({ text, request }) => text !== request['text'],
})
export const fetchOfSdk: Fetch = compatible.fetch
export const middleware: Middleware = createAnthropic({ router }).middleware
compatible.feedback(undefined, { success: true, qualityScore: maybe.number })
export async function close(): Promise<void> {
  await using other = createRouter()
  other.status()
}
export { manualClock, RouterError, recordingSink, staticSource }
`
  await writeFile(join(project, 'use.mts'), use)
  await writeFile(join(project, 'use.cts'), use)
}, 240_000)

afterAll(() => rm(project, { recursive: true, force: true }))

const strictest = [
  ...[
    '--strict',
    '--exactOptionalPropertyTypes',
    '--noUncheckedIndexedAccess',
    '--noImplicitOverride',
  ],
  ...[
    '--noPropertyAccessFromIndexSignature',
    '--isolatedModules',
    '--verbatimModuleSyntax',
    'false',
  ],
]

describe('types of the packed client', () => {
  it.each([
    ['nodenext', ['--module', 'nodenext', '--types', 'node', '--lib', 'es2023']],
    ['nodenext, no types and no DOM', ['--module', 'nodenext', '--lib', 'es2022']],
    ['nodenext, DOM', ['--module', 'nodenext', '--lib', 'es2022,dom']],
    ['node16', ['--module', 'node16', '--types', 'node', '--lib', 'es2022']],
    ['bundler', ['--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2022,dom']],
    [
      'a condition named source',
      ['--module', 'nodenext', '--customConditions', 'source', '--lib', 'es2022'],
    ],
  ])('compile in a strict project with %s', async (_, flavour) => {
    const files = flavour.includes('bundler') ? ['use.mts'] : ['use.mts', 'use.cts']
    const options = ['--noEmit', '--target', 'es2022', '--skipLibCheck', 'false', ...strictest]
    const { stdout } = await run(process.execPath, [tsc, ...options, ...flavour, ...files], {
      cwd: project,
    }).catch((error: { stdout: string }) => error)
    expect(stdout).toBe('')
  })
})

describe('the packed client', () => {
  it('has a manifest, types and texts that nothing is wrong with', async () => {
    const installed = join(project, 'node_modules/@winrate/router-client')
    // Whoever imports it has Node 20, which resolves by `exports`.
    expect(await findPackageProblems(packed, installed, ['node10'])).toEqual([])
  })

  it('brings nothing else along, and takes at most 3.1 MB', async () => {
    const installed = await readdir(join(project, 'node_modules'))
    expect(installed.filter((name) => !name.startsWith('.')).sort()).toEqual(
      expect.arrayContaining(['@winrate']),
    )
    expect(await readdir(join(project, 'node_modules/@winrate'))).toEqual(['router-client'])
    expect(await sizeOf(join(project, 'node_modules/@winrate'))).toBeLessThan(3_100_000)
    const manifest = await readFile(
      join(project, 'node_modules/@winrate/router-client/package.json'),
      'utf8',
    )
    expect(manifest).not.toContain('workspace:')
    expect(JSON.parse(manifest).dependencies).toBeUndefined()
  })

  // The target is 45 kB at once: see decision 32. Lower these with the bundle, never raise them.
  it('adds at most 66.9 kB gzipped to what a process loads at its start, 85.9 kB in all, and no zod', async () => {
    const entry = join(project, 'entry.mjs')
    await writeFile(
      entry,
      "export { createRouter, httpOutcomes, httpSnapshots } from '@winrate/router-client'",
    )
    const build = await rolldown({ input: entry, platform: 'node', external: [/^node:/, 'pg'] })
    const { output } = await build.generate({ format: 'es', minify: true })
    await build.close()
    const chunks = output.filter((chunk) => chunk.type === 'chunk')
    const atOnce = chunks.filter(({ isEntry }) => isEntry)
    for (const { imports } of atOnce) {
      atOnce.push(
        ...chunks.filter((one) => imports.includes(one.fileName) && !atOnce.includes(one)),
      )
    }
    const bytes = (of: typeof chunks) =>
      of.reduce((sum, { code }) => sum + gzipSync(code).length, 0)
    expect(chunks.map(({ code }) => code).join('')).not.toMatch(/zod|ZodError/i)
    expect(bytes(atOnce)).toBeLessThan(66_900)
    expect(bytes(chunks)).toBeLessThan(85_900)
  })

  it.each([
    "import { createRouter } from '@winrate/router-client'\ncreateRouter()",
    "require('@winrate/router-client').createRouter()",
  ])('is bundled where there is no pg: %s', async (contents) => {
    const { errors } = await build({
      stdin: { contents, resolveDir: project },
      ...{ bundle: true, platform: 'node', write: false, logLevel: 'silent' },
    })
    expect(errors).toEqual([])
  })

  it.each([
    ['ai-sdk', 5_500],
    ['openai', 9_000],
    ['anthropic', 9_000],
  ])('needs nothing of Node for %s', async (entry, mostBytes) => {
    const input = join(project, `${entry}.mjs`)
    await writeFile(input, `export * from '@winrate/router-client/${entry}'`)
    const build = await rolldown({ input, platform: 'neutral' })
    const { output } = await build.generate({ format: 'es', minify: true })
    await build.close()
    expect(output).toHaveLength(1)
    const [{ code, imports }] = output
    expect(imports).toEqual([])
    expect(code).not.toMatch(/node:|\bprocess\b|\bBuffer\b/)
    expect(gzipSync(code).length).toBeLessThan(mostBytes)
  })

  it('routes from a given snapshot, calls and records where there is nothing of Node', async () => {
    const batches: string[] = []
    const server = createServer((request, response) => {
      request
        .on('data', (data) => batches.push(String(data)))
        .on('end', () => {
          const batchId = '01890a5d-ac96-774b-bcce-b302099a8057'
          response.writeHead(202, { 'content-type': 'application/json' })
          response.end(JSON.stringify({ batchId, outcomes: 1, messageId: 1 }))
        })
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    await writeFile(
      join(project, 'edge.mjs'),
      `import { createRouter, fetchOutcomes, staticSnapshots } from '@winrate/router-client/edge'
globalThis.work = async (url, snapshot) => {
  const router = createRouter({ snapshots: staticSnapshots(snapshot), outcomes: fetchOutcomes({ url }), logger: false })
  const { verdict } = await router.call('coding', 'Fix it', ({ model }) => model, { verify: () => true })
  const { status } = await router.flush()
  const { snapshot: inUse, refused } = router.status()
  await router.close()
  return JSON.stringify([verdict, status, inUse?.version, refused])
}
globalThis.refused = () => { try { createRouter({ cacheFile: 'x' }) } catch ({ problems }) { return problems.join() } }`,
    )
    const build = await rolldown({ input: join(project, 'edge.mjs'), platform: 'neutral' })
    const { output } = await build.generate({ format: 'iife' })
    await build.close()
    expect(output[0].imports).toEqual([])
    const edge = new EdgeVM()
    edge.evaluate(output[0].code)
    const snapshot = await readFile(
      join(root, 'packages/shared-schema/src/contracts/__fixtures__/v1-snapshot.json.txt'),
      'utf8',
    )
    const version = JSON.parse(snapshot).version
    const answer = await edge.evaluate(`work(${JSON.stringify(url)}, ${JSON.stringify(snapshot)})`)
    server.close()
    expect(JSON.parse(answer)).toEqual([true, 'flushed', version, 0])
    const [outcome] = JSON.parse(batches[0] ?? '').outcomes
    expect(outcome.prompt_hash).toBe(createHash('sha256').update('Fix it').digest('hex'))
    expect(edge.evaluate('refused()')).toBe('cacheFile: this runtime has no files')
  })

  it.each([
    ['import', 'ai-run.mjs', 'import { ', " } from '", "'"],
    ['require', 'ai-run.cjs', 'const { ', " } = require('", "')"],
  ])('chooses a model for the AI SDK by %s', async (_, name, start, middle, end) => {
    const line = (what: string, from: string) => `${start}${what}${middle}${from}${end}`
    const program = `${line('createRouter, RouterError', '@winrate/router-client')}
${line('createWinrate', '@winrate/router-client/ai-sdk')}
const content = [{ type: 'text', text: 'hello' }]
const languageModel = (modelId) => ({
  ...{ specificationVersion: 'v4', provider: 'house', modelId, supportedUrls: {} },
  doGenerate: async () => ({ content, finishReason: { unified: 'stop' }, usage: {}, warnings: [] }),
})
const router = createRouter({ logger: false })
const winrate = createWinrate({ router, providers: { openai: { languageModel } } })
try { createWinrate({}) } catch (error) { console.log(error instanceof RouterError) }
winrate('coding').doGenerate({ prompt: [] }).then(({ content, providerMetadata }) => {
  console.log(content[0].text, providerMetadata.winrate.provider)
  return router.close()
})`
    await writeFile(join(project, name), program)
    const { stdout } = await run(process.execPath, [name], { cwd: project })
    expect(stdout).toBe('true\nhello codex\n')
  })

  it('loads no sockets, no compression and none of its own HTTP before its first request', async () => {
    const program = `import { createRouter } from '@winrate/router-client'
createRouter({ logger: false }).route('Fix it', 'coding')
console.log(process.moduleLoadList.filter((name) => / (_http_client|_tls_wrap|https?|net|zlib)$/.test(name)).join())`
    await writeFile(join(project, 'lean.mjs'), program)
    const { stdout } = await run(process.execPath, ['lean.mjs'], { cwd: project })
    expect(stdout).toBe('\n')
  })

  it.each([
    ['import', 'run.mjs', "import { createRouter } from '@winrate/router-client'"],
    ['require', 'run.cjs', "const { createRouter } = require('@winrate/router-client')"],
  ])('decides and records by %s', async (_, name, line) => {
    const program = `${line}
const router = createRouter({ logger: false })
const decision = router.route('Fix it', 'coding')
router.recordPreference({ decisionId: decision.decisionId, success: true })
console.log(decision.model, router.status().decisions.total)
router.close()`
    await writeFile(join(project, name), program)
    const { stdout } = await run(process.execPath, [name], { cwd: project })
    expect(stdout).toMatch(/^\S+ 1\n$/)
  })

  it.each([
    ['import', 'call.mjs', "import { createRouter } from '@winrate/router-client'"],
    ['require', 'call.cjs', "const { createRouter } = require('@winrate/router-client')"],
  ])('calls a model, plans and records by %s, from the first call on', async (_, name, line) => {
    const program = `${line}
const router = createRouter({ logger: false })
const call = router.call('coding', 'Fix it', ({ model }) => model, { verify: (answer) => answer !== '' })
call.then(async ({ result, verdict, decision }) => {
  console.log(result === decision.model, verdict, decision.plan.attempts.length > 0, router.status().outcomes.recorded)
  await router.close()
})`
    await writeFile(join(project, name), program)
    const { stdout } = await run(process.execPath, [name], { cwd: project })
    expect(stdout).toBe('true true true 1\n')
  })

  it('says why where what a call needs cannot be loaded, and calls when it can be', async () => {
    const program = `import { readdirSync, renameSync } from 'node:fs'
import { createRouter } from '@winrate/router-client'
const file = new URL('./create-call.js', import.meta.resolve('@winrate/router-client'))
const router = createRouter({ logger: false })
const call = () => router.call('coding', 'Fix it', ({ model }) => model)
const away = new URL('./away.js', file)
renameSync(file, away)
const problem = await call().catch(({ code }) => code)
renameSync(away, file)
const { result } = await call()
console.log(problem, result !== '')
await router.close()`
    await writeFile(join(project, 'away.mjs'), program)
    const { stdout } = await run(process.execPath, ['away.mjs'], { cwd: project })
    expect(stdout).toBe('ERR_MODULE_NOT_FOUND true\n')
  })

  it('tells where what connects cannot be loaded, and fetches snapshots when it can be', async () => {
    const program = `import { renameSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRouter, httpSnapshots } from '@winrate/router-client'
const file = new URL('./http.js', import.meta.resolve('@winrate/router-client'))
const away = new URL('./http-away.js', file)
const server = createServer((request, response) => {
  console.log(router.status().source.state, request.url)
  response.end()
  clearTimeout(deadline)
  void router.close().then(() => server.close())
})
const deadline = setTimeout(() => process.exit(1), 20_000)
server.listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))
const url = 'http://127.0.0.1:' + server.address().port
renameSync(file, away)
const problems = []
const logger = { debug() {}, info() {}, warn: (_, fields) => problems.push(fields), error() {} }
const router = createRouter({ logger, snapshots: httpSnapshots({ url, reconnectMs: 100 }) })
await router.ready({ timeoutMs: 10_000 })
console.log(router.status().source.state, /cannot load/.test(JSON.stringify(problems)))
renameSync(away, file)`
    await writeFile(join(project, 'http-away.mjs'), program)
    const { stdout } = await run(process.execPath, ['http-away.mjs'], { cwd: project })
    expect(stdout).toMatch(/^failing true\nconnecting \/v1\/snapshot\/stream\n/)
  })
})

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true })
  const sizes = entries.map(async (entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? sizeOf(path) : (await stat(path)).size
  })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
