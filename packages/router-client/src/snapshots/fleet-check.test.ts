import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Fleet } from '@winrate/shared-schema/contracts'
import { expect, onTestFinished, test } from 'vitest'
import { createRouter } from '../create-router.ts'
import type { RouterOptions } from '../options.ts'
import { plainAddress } from '../runtime/fleet-origin.ts'
import type { LogFields } from '../runtime/logger.ts'
import { snapshotTextFromTable } from '../testing/snapshot-from-table.ts'
import { type StaticSource, staticSource } from '../testing/static-source.ts'

const production: Fleet = { id: '0b6c1f6e-6d0c-4a55-9a3e-3f1f5b0f2d10', name: 'production' }
const staging: Fleet = { id: '7d0c1a52-9f0e-4a6b-8f3d-2b7a5c9e1f04', name: 'staging' }
const [urlA, urlB] = ['http://a:8080', 'http://b:8080']

function sourceAt(address: string | undefined, snapshot?: string): StaticSource {
  return Object.assign(staticSource(snapshot), { address })
}

function textOf(version: number, fleet?: Fleet): string {
  const learned = [{ taskType: 'coding', model: 'gpt-4o', samples: 400, successes: 399 }]
  const epoch = fleet?.id ?? '00000000-0000-4000-8000-000000000001'
  return snapshotTextFromTable(learned, { version, epoch, ...(fleet && { fleet }) })
}

async function newCacheFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-fleet-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'snapshot.json')
}

function startRouter(snapshots: StaticSource, options: RouterOptions) {
  const warnings: [message: string, problem: unknown][] = []
  const quiet = () => undefined
  const warn = (message: string, fields: LogFields = {}) =>
    void warnings.push([message, fields['problem']])
  const logger = { debug: quiet, info: quiet, error: quiet, warn }
  const router = createRouter({ snapshots, logger, ...options })
  onTestFinished(() => router[Symbol.asyncDispose]())
  return { router, warnings }
}

/** A file that a router left which got this text from this address. */
async function leftFile(address: string | undefined, text: string): Promise<string> {
  const cacheFile = await newCacheFile()
  await startRouter(sourceAt(address, text), { cacheFile }).router.close()
  expect(await readFile(cacheFile, 'utf8')).toBe(text)
  return cacheFile
}

/** What a router makes of the file while its source at the address does not answer. */
async function startOffline(address: string | undefined, options: RouterOptions) {
  const source = sourceAt(address)
  const { router, warnings } = startRouter(source, options)
  source.fail('no server')
  const { status } = await router.ready()
  return { router, source, status, warnings }
}

test('a cache file from another address is not used, and the router says where it came from', async () => {
  const cacheFile = await leftFile(urlA, textOf(7, production))
  const { router, status, warnings } = await startOffline(urlB, { cacheFile })
  expect(status).toBe('defaults')
  expect(router.status().snapshot).toBeUndefined()
  expect(warnings).toContainEqual([
    'snapshot-refused',
    `cacheFile ${cacheFile} came from fleet "production" (${production.id}) at ${urlA}, and this router's address is ${urlB}: it is not used. Remove it, choose another path, or name your fleet by the option fleet`,
  ])
})

test.each<[string, string | undefined, string | undefined, RouterOptions]>([
  ['from the same address', urlA, urlA, {}],
  ['from a source whose address is not known', undefined, urlB, {}],
  ['for a source whose address is not known', urlA, undefined, {}],
  ['of the fleet that the option names', urlA, urlB, { fleet: 'production' }],
  ['of the fleet whose id the option gives', urlA, urlB, { fleet: production.id }],
])('a cache file is used %s', async (_, from, at, options) => {
  const cacheFile = await leftFile(from, textOf(7, production))
  const { status, router } = await startOffline(at, { cacheFile, ...options })
  expect(status).toBe('cached')
  expect(router.status().snapshot).toMatchObject({ version: 7, fleet: production })
})

test('a cache file of another fleet than the option names is not used, whatever its address', async () => {
  const cacheFile = await leftFile(urlA, textOf(7, production))
  const { status } = await startOffline(urlA, { cacheFile, fleet: 'staging' })
  expect(status).toBe('defaults')
})

test('a cache file that an earlier version wrote is used, and the next one names its source', async () => {
  const cacheFile = await newCacheFile()
  await writeFile(cacheFile, textOf(7))
  const { status, source, router } = await startOffline(urlA, { cacheFile })
  expect(status).toBe('cached')
  source.publish(textOf(8))
  await router.close()
  expect((await startOffline(urlB, { cacheFile })).status).toBe('defaults')
  expect((await startOffline(urlA, { cacheFile })).status).toBe('cached')
})

test('of two deployments that share a cache file, neither uses what the other wrote', async () => {
  const cacheFile = await newCacheFile()
  const sources = [sourceAt(urlA), sourceAt(urlB)] as const
  const routers = sources.map((source) => startRouter(source, { cacheFile }).router)
  sources[0].publish(textOf(1, production))
  await routers[0]?.close()
  sources[1].publish(textOf(1, staging))
  await routers[1]?.close()
  // A third process of the first deployment, which named its source before.
  await writeFile(cacheFile, textOf(2, production))
  expect((await startOffline(urlA, { cacheFile })).status).toBe('defaults')
  expect((await startOffline(urlB, { cacheFile })).status).toBe('defaults')
})

test('a first snapshot of another fleet takes the place of the cached one, and that is said', async () => {
  const cacheFile = await leftFile(urlA, textOf(7, production))
  const { router, source, warnings } = await startOffline(urlA, { cacheFile })
  source.publish(textOf(1, staging))
  expect(router.status().snapshot).toMatchObject({ version: 1, fleet: staging, origin: 'source' })
  source.publish(textOf(2, staging))
  expect(warnings.filter(([message]) => message === 'fleet-changed')).toEqual([
    [
      'fleet-changed',
      `the source leads to fleet "staging" (${staging.id}), and what was learned so far came from fleet "production" (${production.id}): check the address`,
    ],
  ])
})

test('a source that leads to another fleet than the option names is refused', async () => {
  const source = sourceAt(urlA)
  const { router, warnings } = startRouter(source, { fleet: 'production' })
  source.publish(textOf(1, production))
  source.publish(textOf(9, staging))
  expect(router.status()).toMatchObject({ snapshot: { version: 1 }, refused: 1 })
  expect(warnings).toEqual([
    [
      'snapshot-refused',
      `the snapshot belongs to fleet "staging" (${staging.id}), and this router to fleet "production": check the address of the source`,
    ],
  ])
})

test.each([
  ['http://user:secret@a:8080/winrate/?token=secret#x', 'http://a:8080/winrate'],
  ['https://A.internal:443', 'https://a.internal'],
  ['postgresql://user:secret@db/winrate?sslmode=require', 'postgres://db/winrate'],
  ['no address', undefined],
])('the plain address of %s has no secret', (url, address) => {
  expect(plainAddress(url)).toBe(address)
})
