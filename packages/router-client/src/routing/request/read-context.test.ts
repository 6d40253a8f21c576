// What a request belongs to: read, hashed, sent with its outcomes, and learned apart where a snapshot says so.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createRouter } from '../../create-router.ts'
import type { RouterOptions } from '../../options.ts'
import { manualClock } from '../../testing/manual-clock.ts'
import { recordingSink } from '../../testing/recording-sink.ts'
import { type SnapshotFields, snapshotFromTable } from '../../testing/snapshot-from-table.ts'
import { staticSource } from '../../testing/static-source.ts'
import type { RouteOptions } from './route-options.ts'

const entryOf = (label: string, value: string) =>
  `${label}-${createHash('sha256').update(`${label}\u0000${value}`).digest('hex').slice(0, 8)}`
const billing = entryOf('team', 'billing')

const policy = { kind: 'thompson', costWeight: 0, exploration: 0 }

async function aRouter(fields: SnapshotFields = {}, options: RouterOptions = {}) {
  const snapshot = snapshotFromTable([], { policy, paths: [], ...fields })
  const outcomes = recordingSink()
  const clock = manualClock()
  const router = createRouter({
    ...{ snapshots: staticSource(snapshot), outcomes, clock, logger: false, ...options },
  })
  await router.ready()
  async function route(given: object, taskType = 'coding', messages: unknown = 'x') {
    // A caller without types passes anything.
    const decision = Reflect.apply(router.route, router, [messages, taskType, given])
    router.recordPreference({ decisionId: decision.decisionId, success: true })
    await router.flush()
    const { task_type, context } = outcomes.outcomes().at(-1) ?? {}
    return { decision, taskType: task_type, context }
  }
  return { router, route, outcomes }
}

test('a value leaves the process as a hash, with its label', async () => {
  const { route, outcomes } = await aRouter()
  const { context } = await route({ context: { team: 'billing', language: 'rust' } })
  expect(context).toBe(`${entryOf('language', 'rust')} ${billing}`)
  expect((await route({ context: { language: 'rust', team: 'billing' } })).context).toBe(context)
  expect((await route({})).context).toBeUndefined()
  expect(JSON.stringify(outcomes.outcomes())).not.toMatch(/billing|rust/)
  expect(entryOf('team', 'x').slice(5)).not.toBe(entryOf('unit', 'x').slice(5))
})

test('the context of the router counts for all requests, and each label of the request comes before it', async () => {
  const { route } = await aRouter({}, { context: { team: 'billing', region: 'eu' } })
  expect((await route({})).context).toBe(`${entryOf('region', 'eu')} ${billing}`)
  expect((await route({ context: { team: null } })).context).toContain(billing)
  expect((await route({ context: { team: 'sales' } })).context).toBe(
    `${entryOf('region', 'eu')} ${entryOf('team', 'sales')}`,
  )
  const three = { a: '1', b: '2', c: '3' }
  expect((await route({ context: three })).context).not.toContain('team')
})

test.each([
  ['what is no object', 'billing', ''],
  ['a name that is no label', { Team: 'x', ok: 'y' }, entryOf('ok', 'y')],
  ['a label that is too long', { [`t${'e'.repeat(31)}`]: 'x', ok: 'y' }, entryOf('ok', 'y')],
  ['a value that is no text', { team: 7, ok: 'y' }, entryOf('ok', 'y')],
  ['a value that is empty', { team: '', ok: 'y' }, entryOf('ok', 'y')],
  ['a value that is too long', { team: 'x'.repeat(201), ok: 'y' }, entryOf('ok', 'y')],
  [
    'a fourth label',
    { a: '1', b: '2', c: '3', d: '4' },
    [entryOf('a', '1'), entryOf('b', '2'), entryOf('c', '3')].join(' '),
  ],
])('%s is left out with a problem, and the rest counts', async (_, given, expected) => {
  const { route } = await aRouter()
  const { decision, context } = await route({ context: given })
  expect(decision.reason).toBe('invalid-options')
  expect(decision.problems).toEqual([expect.stringMatching(/^options\.context/)])
  expect(context ?? '').toBe(expected)
})

test('a router refuses a context that is not valid', () => {
  const context = { Team: 'x' }
  expect(() => createRouter({ context })).toThrow(/context\.Team is no label/)
})

test('a request is learned apart where the snapshot splits its task type by what it belongs to', async () => {
  const splits = [`coding/${billing}`, `chat/rust/${billing}`]
  const { router, route } = await aRouter({ splits })
  const context: RouteOptions['context'] = { language: 'rust', team: 'billing' }
  const apart = await route({ context })
  expect(apart).toMatchObject({ taskType: `coding/${billing}`, decision: { taskType: 'coding' } })
  expect(router.explain(apart.decision).summary).toContain(
    `Models compare differently for its team. So it is learned apart, as coding/${billing}.`,
  )
  expect((await route({ context }, 'chat/rust')).taskType).toBe(`chat/rust/${billing}`)
  expect((await route({ context }, 'chat')).taskType).toBe('chat')
  expect((await route({ context: { team: 'sales' } })).taskType).toBe('coding')
  const plain = await route({})
  expect(plain.taskType).toBe('coding')
  expect(router.explain(plain.decision).summary).not.toContain('apart')
  const unread = await route({ context }, 'coding', 7)
  expect(unread.taskType).toBe(`coding/${billing}`)
  expect(unread.decision).toMatchObject({ taskType: 'coding', reason: 'invalid-messages' })
})

test('requests that are learned apart try other models before their own outcomes tell, those of a named path do not', async () => {
  const known = ['codex', 'claude-sonnet'].map((model, at) => ({
    ...{ taskType: 'coding', model, samples: 500, successes: at === 0 ? 450 : 350 },
  }))
  const split = { policy, paths: [], splits: [`coding/${billing}`] }
  const { router, route } = await aRouter(
    {},
    {
      models: ['codex', 'claude-sonnet'],
      snapshots: staticSource(snapshotFromTable(known, split)),
    },
  )
  const context = { team: 'billing' }
  const chances = (options: RouteOptions, taskType = 'coding') =>
    Object.fromEntries(
      router.rankedForTask(taskType, options).map(({ modelName, chance }) => [modelName, chance]),
    )
  expect(chances({}, 'coding/rust')).toEqual(chances({}))
  expect(chances({})['claude-sonnet']).toBeLessThan(0.001)
  expect(chances({ context })['claude-sonnet']).toBeGreaterThan(0.05)
  expect(chances({ context })['codex']).toBeGreaterThan(0.7)
  for (let at = 0; at < 10; at += 1) {
    const { decisionId } = router.route('x', 'coding', { context })
    router.recordPreference({ decisionId, model: 'codex', provider: 'codex', success: false })
  }
  await route({ context })
  expect(chances({ context })['codex']).toBeLessThan(0.5)
  expect(chances({})['codex']).toBeGreaterThan(0.9)
})
