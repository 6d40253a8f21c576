// That work which only some models can take is learned apart from the rest, where there is a rest.
import { expect, test } from 'vitest'
import { createRouter } from '../../create-router.ts'
import type { RouterOptions } from '../../options.ts'
import type { Messages } from '../../router.ts'
import { manualClock } from '../../testing/manual-clock.ts'
import { recordingSink } from '../../testing/recording-sink.ts'
import { snapshotFromTable } from '../../testing/snapshot-from-table.ts'
import { staticSource } from '../../testing/static-source.ts'
import type { RouteOptions } from '../request/route-options.ts'

const entries = [
  { key: 'small', provider: 'p', model: 's', contextTokens: 5_000, tools: false },
  { key: 'blind', provider: 'p', model: 'b', contextTokens: 5_000, images: false },
  { key: 'large', provider: 'q', model: 'l', contextTokens: 90_000 },
  { key: 'larger', provider: 'q', model: 'm', contextTokens: 90_000 },
]
const image = { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x/y' } }] }
const long = 'word '.repeat(8_000)
const tools: RouteOptions = { tools: true }
const few: RouteOptions = { exclude: ['small'] }

async function aRouter(options: RouterOptions = {}, paths: string[] | undefined = []) {
  const policy = { kind: 'thompson', costWeight: 0, exploration: 0 }
  const snapshot = snapshotFromTable([], paths === undefined ? { policy } : { policy, paths })
  const outcomes = recordingSink()
  const router = createRouter({
    catalogue: { entries, replace: true },
    models: entries.map(({ key }) => key),
    snapshots: staticSource(snapshot),
    clock: manualClock(),
    outcomes,
    ...options,
  })
  await router.ready()
  /** The task type that the outcome of a request counts at. */
  async function learnedAs(messages: Messages, given: RouteOptions = {}, taskType = 'coding') {
    const decision = router.route(messages, taskType, given)
    expect(decision.taskType).toBe(taskType)
    router.recordPreference({ decisionId: decision.decisionId, success: false })
    await router.flush()
    return outcomes.outcomes().at(-1)?.task_type
  }
  return { router, learnedAs }
}

test('what only some models can take is learned apart, by the first reason of a fixed order', async () => {
  const { router, learnedAs } = await aRouter()
  for (let at = 0; at < 20; at += 1) expect(await learnedAs('x')).toBe('coding')
  expect(await learnedAs(long)).toBe('coding/@long')
  expect(await learnedAs(long, tools)).toBe('coding/@long')
  expect(await learnedAs([image])).toBe('coding/@images')
  expect(await learnedAs([image], tools)).toBe('coding/@images')
  expect(await learnedAs('x', tools)).toBe('coding/@tools')
  expect(await learnedAs('x', few)).toBe('coding/@few')
  expect(await learnedAs('x', { candidates: ['small', 'large'] })).toBe('coding/@few')
  expect(await learnedAs('x')).toBe('coding')
  await router.close()
})

test('a path has strata of its own, and one of three segments has none', async () => {
  const { router, learnedAs } = await aRouter()
  await learnedAs('x', {}, 'coding/rust')
  expect(await learnedAs(long, {}, 'coding/rust')).toBe('coding/rust/@long')
  await learnedAs('x', {}, 'coding/rust/async')
  expect(await learnedAs(long, {}, 'coding/rust/async')).toBe('coding/rust/async')
  await router.close()
})

test('where all requests need the same, nothing is set apart', async () => {
  const { router, learnedAs } = await aRouter()
  for (let at = 0; at < 40; at += 1) expect(await learnedAs('x', tools)).toBe('coding')
  for (let at = 0; at < 40; at += 1) {
    expect(await learnedAs('x', { candidates: ['large', 'larger'] }, 'chat')).toBe('chat')
  }
  expect(await learnedAs(long, tools)).toBe('coding/@long')
  await router.close()
})

test('where callers list other models each time, no list is less than usual', async () => {
  const { learnedAs } = await aRouter()
  const names = entries.map(({ key }) => key)
  const seen = new Set<string | undefined>()
  for (let at = 0; at < 40; at += 1) {
    const candidates = names.filter((_, place) => place !== at % names.length)
    seen.add(await learnedAs('x', { candidates }))
  }
  expect([...seen].slice(-1)).toEqual(['coding'])
  expect(await learnedAs('x', { candidates: names.slice(1) })).toBe('coding')
})

test('a kind of request that becomes usual is no longer set apart', async () => {
  const { router, learnedAs } = await aRouter()
  await learnedAs('x')
  expect(await learnedAs(long)).toBe('coding/@long')
  for (let at = 0; at < 3_000; at += 1) router.route(long, 'coding')
  expect(await learnedAs(long)).toBe('coding')
  await router.close()
})

test('own outcomes count where they are learned, and only there', async () => {
  const { router, learnedAs } = await aRouter()
  router.route('x', 'coding')
  const chosen = (messages: string) => {
    const chances = router.explain(router.route(messages, 'coding')).candidates
    return chances.find(({ modelName }) => modelName === 'large')?.expectedReward ?? Number.NaN
  }
  const before = { plain: chosen('x'), long: chosen(long) }
  for (let at = 0; at < 8; at += 1) await learnedAs(long)
  expect(chosen('x')).toBe(before.plain)
  expect(chosen(long)).toBeLessThan(before.long)
  await router.close()
})

test('a session stays with its model when its messages become long', async () => {
  const { router } = await aRouter()
  router.route('x', 'coding')
  for (let at = 0; at < 20; at += 1) {
    const options = { sessionKey: `session ${at}`, exclude: ['small', 'blind'] }
    const { modelName } = router.route('x', 'coding', options)
    expect(router.route(long, 'coding', options)).toMatchObject({ modelName, reason: 'session' })
  }
  await router.close()
})

test('a model that a snapshot brings is not missed where every model may be chosen', async () => {
  const snapshots = staticSource(snapshotFromTable([], { paths: [], version: 1 }))
  const { router, learnedAs } = await aRouter({ snapshots, models: undefined, catalogue: entries })
  for (let at = 0; at < 5; at += 1) expect(await learnedAs('x')).toBe('coding')
  const before = router.route('x', 'chat')
  const defaults = { coding: { newest: 0.5 } }
  snapshots.publish(snapshotFromTable([], { paths: [], version: 2, defaults }))
  const { fallbacks, modelName } = router.route('x', 'chat')
  expect(fallbacks.length).toBe(before.fallbacks.length + 1)
  const candidates = [modelName, ...fallbacks.map((fallback) => fallback.modelName)]
  for (let at = 0; at < 30; at += 1) await learnedAs('x', { candidates })
  expect(await learnedAs('x')).toBe('coding')
})

test('a worker that does not know paths gets the plain task type', async () => {
  const snapshot = snapshotFromTable([])
  const { router, learnedAs } = await aRouter({ snapshots: staticSource(snapshot) })
  await learnedAs('x')
  expect(await learnedAs(long)).toBe('coding')
  await router.close()
})
