// A client takes no more than it can read in short steps. What it refuses leaves the snapshot before in use.
import { snapshotLimits } from '@winrate/shared-schema/contracts'
import { afterEach, describe, expect, test } from 'vitest'
import { createRouter } from '../create-router.ts'
import type { Router } from '../router.ts'
import { snapshotFromTable, snapshotTextFromTable } from '../testing/snapshot-from-table.ts'
import { staticSource } from '../testing/static-source.ts'
import type { SnapshotReceiver } from './sources/snapshot-source.ts'

const row = { model: 'm', samples: 1, successes: 1 }
const many = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ ...row, taskType: `t${at % 300}`, model: `m${at}` }))
const share = (count: number, value: unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, value]))

const routers: Router[] = []
afterEach(() => Promise.all(routers.splice(0).map((router) => router.close())))

async function start() {
  const receivers: SnapshotReceiver[] = []
  const source = staticSource(snapshotTextFromTable([{ ...row, taskType: 'coding' }]))
  const router = createRouter({
    snapshots: {
      ...source,
      start(receiver) {
        receivers.push(receiver)
        source.start(receiver)
      },
    },
  })
  routers.push(router)
  await router.ready()
  const [receiver] = receivers
  if (receiver === undefined) throw new Error('the source was not started')
  return { router, receiver }
}

const excesses: readonly (readonly [string, () => string])[] = [
  ['100001 cells', () => snapshotTextFromTable(many(snapshotLimits.entries + 1), { version: 2 })],
  [
    '10001 catalogue entries',
    () =>
      snapshotTextFromTable([], {
        version: 2,
        catalogue: Array.from({ length: snapshotLimits.settings + 1 }, (_, at) => ({
          key: `k${at}`,
          provider: 'p',
          model: 'same',
        })),
      }),
  ],
  [
    '20001 catalogue entries',
    () =>
      snapshotTextFromTable([], {
        version: 2,
        catalogue: [
          {
            key: 'k',
            provider: 'p',
            model: 'm',
            thinkingLevels: Array.from({ length: 20_000 }, (_, at) => `l${at}`),
          },
        ],
      }),
  ],
  [
    '10001 defaults',
    () =>
      snapshotTextFromTable([], {
        version: 2,
        defaults: { coding: share(snapshotLimits.settings, 0.9) as never, chat: { m: 1 } },
      }),
  ],
  [
    '1001 policies of task types',
    () =>
      snapshotTextFromTable([], {
        version: 2,
        policy: { kind: 'threshold', tasks: share(1_001, { kind: 'thompson' }) },
      }),
  ],
  [
    '100001 similarities',
    () => {
      const zeros = Array.from({ length: snapshotLimits.entries + 1 }, () => 0)
      const similarity = { one: zeros, other: zeros, value: zeros }
      return snapshotTextFromTable([{ ...row, taskType: 'coding' }], { version: 2, similarity })
    },
  ],
  ['characters', () => `{"text":"${'x'.repeat(snapshotLimits.textChars)}"}`],
]

describe('a snapshot of more than a client takes', () => {
  test.each(excesses)('is refused by name, and the one before serves: %s', async (named, make) => {
    const { router, receiver } = await start()
    expect(await receiver.offerText(make())).toBe('refused')
    expect(router.status()).toMatchObject({
      snapshot: { version: 1 },
      refused: 1,
      lastProblem: expect.stringContaining(named),
    })
    expect(router.status().lastProblem).toContain('more than')
  })

  test('is refused as a value and as what a delta leads to as well', async () => {
    const { router, receiver } = await start()
    const value = { ...snapshotFromTable(many(5), { version: 2 }), models: [] }
    const models = Array.from({ length: snapshotLimits.entries + 1 }, () => ({
      provider: 'p',
      name: 'n',
    }))
    expect(receiver.offer({ ...value, models })).toBe('refused')
    expect(await receiver.offerDelta(`"${'x'.repeat(snapshotLimits.textChars)}"`)).toBe('refused')
    expect(router.status().lastProblem).toContain('characters')
    expect(router.status().snapshot?.version).toBe(1)
  })
})

test('as much as a client takes is taken, and decisions work', async () => {
  const { router, receiver } = await start()
  const rows = many(snapshotLimits.entries)
  expect(await receiver.offerText(snapshotTextFromTable(rows, { version: 2 }))).toBe('accepted')
  expect(router.route('text', 't1', { candidates: ['m1', 'm2'] })).toMatchObject({
    snapshotVersion: 2,
    reason: 'best',
  })
})
