import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Notice } from '@winrate/shared-schema/contracts'
import { expect, onTestFinished, test } from 'vitest'
import { createRouter } from '../create-router.ts'
import type { RouterOptions } from '../options.ts'
import type { LogFields } from '../runtime/logger.ts'
import { snapshotTextFromTable } from '../testing/snapshot-from-table.ts'
import { type StaticSource, staticSource } from '../testing/static-source.ts'
import type { NoticeEvent } from './own-notices.ts'

const quarantined: Notice = {
  instanceId: 'mine',
  kind: 'quarantined',
  message: 'about 400 outcomes of this instance are not counted',
  since: '2026-11-29T12:00:00.000Z',
  outcomes: 400,
}
const another: Notice = { ...quarantined, instanceId: 'another' }

/** A router named `mine` that was told so far: events, and what was logged at the levels info and warn. */
function startRouter(snapshots: StaticSource, options: RouterOptions = {}) {
  const logged: [message: string, fields: LogFields | undefined][] = []
  const quiet = () => undefined
  const log = (message: string, fields?: LogFields) => void logged.push([message, fields])
  const router = createRouter({
    snapshots,
    instanceId: 'mine',
    logger: { debug: quiet, info: log, warn: log, error: quiet },
    ...options,
  })
  onTestFinished(() => router[Symbol.asyncDispose]())
  const events: NoticeEvent[] = []
  router.on('notice', (event) => events.push(event))
  const said = () => logged.filter(([message]) => message.startsWith('notice-'))
  return { router, events, said }
}

function publish(source: StaticSource, version: number, notices: Notice[] | undefined) {
  source.publish(snapshotTextFromTable([], { version, ...(notices && { notices }) }))
}

test('a router tells when a notice to it begins, and when it is over, and shows it meanwhile', () => {
  const source = staticSource()
  const { router, events, said } = startRouter(source)
  publish(source, 1, [another])
  expect(router.status().notices).toEqual([])
  publish(source, 2, [another, quarantined])
  expect(router.status().notices).toEqual([quarantined])
  expect(events).toEqual([{ ...quarantined, over: false }])
  publish(source, 3, [another])
  expect(router.status().notices).toEqual([])
  expect(events.slice(1)).toEqual([{ ...quarantined, over: true }])
  const { message, ...facts } = quarantined
  expect(said()).toEqual([
    ['notice-received', { ...facts, problem: message }],
    ['notice-over', quarantined],
  ])
})

test('new figures of a notice show in the status and are not told again, a new beginning is', () => {
  const source = staticSource()
  const { router, events } = startRouter(source)
  publish(source, 1, [quarantined])
  publish(source, 2, [{ ...quarantined, outcomes: 800 }])
  expect(router.status().notices).toMatchObject([{ outcomes: 800 }])
  expect(events).toHaveLength(1)
  const since = '2026-11-30T12:00:00.000Z'
  publish(source, 3, [{ ...quarantined, since }])
  expect(events.slice(1)).toMatchObject([{ since, over: false }, { over: true }])
})

test('a notice of a kind that only later versions know is passed on whole', () => {
  const source = staticSource()
  const { router, events } = startRouter(source)
  const later: Notice = { instanceId: 'mine', kind: 'later', message: 'look', facts: { any: [1] } }
  publish(source, 1, [later])
  expect(router.status().notices).toEqual([later])
  expect(events).toEqual([{ ...later, over: false }])
})

test('a snapshot of an earlier worker, which says nothing of instances, ends no notice', () => {
  const source = staticSource()
  const { router, events } = startRouter(source)
  publish(source, 1, [quarantined])
  publish(source, 2, undefined)
  expect(router.status().notices).toEqual([quarantined])
  expect(events).toHaveLength(1)
})

test('a notice in the cache file counts once the source has confirmed the snapshot', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-notices-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const cacheFile = join(folder, 'snapshot.json')
  const first = staticSource()
  const before = startRouter(first, { cacheFile })
  publish(first, 1, [quarantined])
  await before.router.close()

  const source = staticSource()
  const { router, events } = startRouter(source, { cacheFile })
  source.fail('no server')
  expect(await router.ready()).toEqual({ status: 'cached', version: 1 })
  expect(router.status().notices).toEqual([])
  source.confirm()
  expect(router.status().notices).toEqual([quarantined])
  expect(events).toEqual([{ ...quarantined, over: false }])
})
