// What changed, noted in the transaction that changes it.
import { eventsBodySchema } from '@winrate/shared-schema/http'
import { defaultPolicy } from '@winrate/shared-schema/scoring'
import { beforeEach, expect, test } from 'vitest'
import { noteEvents } from '../../packages/central-worker/src/events/note-events.ts'
import {
  eventsQuerySchema,
  readEvents,
} from '../../packages/central-worker/src/events/read-events.ts'
import { ingestMessages } from '../../packages/central-worker/src/ingest/ingest-messages.ts'
import { createLogger } from '../../packages/central-worker/src/observability/create-logger.ts'
import { inTransaction } from '../../packages/central-worker/src/postgres/queryable.ts'
import { createInstanceVerdicts } from '../../packages/central-worker/src/quarantine/instance-verdicts.ts'
import { createSnapshotControl } from '../../packages/central-worker/src/snapshots/snapshot-control.ts'
import { createTicker } from '../../packages/central-worker/src/tick/ticker.ts'
import { anOutcome, aSealedBatch, sendMessages } from '../support/outcomes.ts'
import { createTestDatabase, emptying } from '../support/test-database.ts'
import { runWorkerCommand } from '../support/worker-process.ts'

const database = await createTestDatabase()
const { pool } = database
const control = createSnapshotControl(pool)
const verdicts = createInstanceVerdicts(pool, 7)

const newTicker = (kind: string) =>
  createTicker({
    ...{ pool, logger: createLogger('silent'), windowDays: 7, tickedBy: 'worker-1' },
    policy: defaultPolicy(kind),
  })

beforeEach(() => pool.query(emptying('winrate.events')))

async function read(query: Record<string, unknown> = {}) {
  return eventsBodySchema.parse(await readEvents(pool, eventsQuerySchema.parse(query)))
}

async function kinds(query?: Record<string, unknown>) {
  return (await read(query)).events.map(({ kind }) => kind)
}

test('operators who change what is served leave an event, and only where something changes', async () => {
  await newTicker('thompson').runOnce()
  await control.unpin()
  await control.promoteCanary()
  expect(await kinds()).toEqual([])
  await control.pin(1)
  await control.unpin()
  await control.startCanary(0.1)
  await control.abortCanary()
  expect(await kinds()).toEqual(['abort', 'canary', 'unpin', 'pin'])
  expect((await read({ kind: 'pin' })).events).toMatchObject([
    { message: 'Version 1 is pinned: every instance gets its content.', by: 'operator' },
  ])
})

test('a change that is refused leaves none', async () => {
  await expect(control.pin(9_999)).rejects.toThrow('not kept')
  expect(await kinds()).toEqual([])
})

test('decisions on instances leave one, hostile names included', async () => {
  const instanceId = '<script>alert(1)</script>\u202e'
  const decision = { instanceId, reason: 'says yes' }
  await verdicts.quarantine(decision)
  await verdicts.quarantine(decision)
  await verdicts.release({ instanceId })
  const { events } = await read({ instanceId })
  expect(events.map(({ kind }) => kind)).toEqual(['release', 'quarantine'])
  // The name is as it was; the sentence cannot steer a terminal.
  expect(events[0]?.instanceId).toBe(instanceId)
  expect(events[0]?.message).toContain('<script>alert(1)</script>\\u202e')
})

test('a break and a new policy are told once, however many ticks and workers see them', async () => {
  const sixDaysAgo = Date.now() - 6 * 86_400_000
  const outcomes = Array.from({ length: 400 }, (_, at) => {
    const atMs = sixDaysAgo + (at / 400) * 6 * 86_400_000
    return anOutcome({
      decision_id: undefined,
      instance_id: `agent-${at % 5}`,
      occurred_at: new Date(atMs).toISOString(),
      success: at < 300,
      propensity: 0.5,
    })
  })
  await sendMessages(database, aSealedBatch(outcomes))
  await ingestMessages(pool, { maxMessages: 100, retentionDays: 30 })
  const first = newTicker('thompson')
  await first.runOnce()
  await first.runOnce()
  await newTicker('thompson').runOnce()
  expect(await kinds({ kind: 'break' })).toEqual(['break'])
  expect((await read({ kind: 'break' })).events).toMatchObject([
    { taskType: 'coding', modelName: 'codex', by: 'worker-1' },
  ])
  const second = newTicker('threshold')
  await second.runOnce()
  await second.runOnce()
  expect(await kinds({ kind: 'policy' })).toEqual(['policy'])
  // Two workers that are configured differently would tell the same with every tick.
  await first.runOnce()
  await second.runOnce()
  expect(await kinds({ kind: 'policy' })).toHaveLength(2)
})

test('pages lead from the newest to the oldest', async () => {
  const messages = ['one', 'two', 'three', 'four', 'five']
  await inTransaction(pool, (client) =>
    noteEvents(
      client,
      messages.map((message) => ({ kind: 'import', message, taskType: 'coding' })),
    ),
  )
  const newest = await read({ limit: 2, taskType: 'coding' })
  expect(newest).toMatchObject({ events: [{ message: 'five' }, { message: 'four' }], more: true })
  const before = newest.events.at(-1)?.id
  const rest = await read({ before, hours: 1 })
  expect(rest.events.map(({ message }) => message)).toEqual(['three', 'two', 'one'])
  expect(rest.more).toBe(false)
  expect((await read({ after: before })).events).toHaveLength(1)
  expect(await kinds({ taskType: 'chat' })).toEqual([])
  expect(() => eventsQuerySchema.parse({ kind: 'pin,invented' })).toThrow()
})

test('the command tells the same as the endpoint', async () => {
  await verdicts.quarantine({ instanceId: 'web-3', reason: 'a test' })
  const run = (...args: string[]) => runWorkerCommand(args, { DATABASE_URL: database.url })
  const { stdout } = await run('events', '--kind', 'quarantine', '--json')
  expect(JSON.parse(stdout)).toEqual(await read({ kind: 'quarantine' }))
  expect((await run('events')).stdout).toContain('web-3 is left out by an operator: a test')
})

test('an event that cannot be stored undoes nothing else', async () => {
  await pool.query('alter table winrate.events rename to away')
  try {
    await control.newEpoch()
  } finally {
    await pool.query('alter table winrate.away rename to events')
  }
  expect(await database.count('select version from winrate.snapshot_head')).toBe(0)
  await newTicker('thompson').runOnce()
  expect(await database.count('select version from winrate.snapshot_head')).toBe(1)
})
