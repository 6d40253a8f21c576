// One model has many names. Whichever a caller uses, it is one candidate with one win rate.
import { afterEach, expect, test } from 'vitest'
import { createRouter } from '../create-router.ts'
import type { RouterOptions } from '../options.ts'
import type { Outcome } from '../outcomes/record/outcome.ts'
import type { Router } from '../router.ts'
import { recordingSink } from '../testing/recording-sink.ts'
import {
  type SnapshotFields,
  type SnapshotRow,
  snapshotFromTable,
} from '../testing/snapshot-from-table.ts'
import { staticSource } from '../testing/static-source.ts'

const names = [
  'claude-sonnet',
  'claude-sonnet-5',
  'Claude-Sonnet-5',
  'anthropic/claude-sonnet-5',
  'us.anthropic.claude-sonnet-5-v1:0',
  'claude-sonnet-5@20260115',
  ' claude-sonnet-5-20260115',
]
const learned = {
  ...{ taskType: 'coding', model: 'claude-sonnet', provider: 'anthropic' },
  ...{ samples: 100, successes: 30 },
}
const open: Router[] = []
afterEach(() => Promise.all(open.splice(0).map((router) => router.close())))

async function routerOf(
  rows: readonly SnapshotRow[],
  options: RouterOptions = {},
  fields: SnapshotFields = {},
) {
  const snapshots = staticSource(snapshotFromTable(rows, fields))
  const router = createRouter({ snapshots, seed: 1, ...options })
  open.push(router)
  await router.ready()
  return router
}

test('candidates that are one model are one candidate, with what was learned of it', async () => {
  const router = await routerOf([learned])
  const ranked = router.rankedForTask('coding', { candidates: [...names, 'gpt-4o'] })
  expect(ranked.map(({ modelName }) => modelName).sort()).toEqual(['claude-sonnet', 'gpt-4o'])
  for (const name of names) {
    expect(router.getWinRate('coding', name)).toMatchObject({ winRate: 0.3, source: 'learned' })
  }
})

test('a candidate is called as it was named, and a catalogued name by the id of the catalogue', async () => {
  const router = await routerOf([learned])
  const called = (candidate: string | { model: string; provider: string }) => {
    const { provider, model, modelName } = router.route('x', 'coding', { candidates: [candidate] })
    return `${provider} ${model} ${modelName}`
  }
  expect(called('Claude-Sonnet')).toBe('anthropic claude-sonnet-5 claude-sonnet')
  expect(called(' claude-sonnet-5-20260115')).toBe(
    'anthropic claude-sonnet-5-20260115 claude-sonnet',
  )
  expect(called({ model: 'us.anthropic.claude-sonnet-5-v1:0', provider: 'bedrock' })).toBe(
    'bedrock us.anthropic.claude-sonnet-5-v1:0 claude-sonnet',
  )
  expect(called('MiniMax-M3')).toBe('unknown MiniMax-M3 minimax-m3')
})

test('a model is excluded by any of its names, at every host or at one', async () => {
  const router = await routerOf([])
  const hosts = [
    { model: 'claude-sonnet', provider: 'anthropic' },
    { model: 'anthropic.claude-sonnet-5-v1:0', provider: 'bedrock' },
    { model: 'gpt-4o', provider: 'openai' },
  ]
  const left = (exclude: readonly (string | { model: string; provider: string })[]) => {
    const { provider, fallbacks } = router.route('x', 'coding', { candidates: hosts, exclude })
    return [provider, ...fallbacks.map((other) => other.provider)].sort()
  }
  for (const name of names) expect(left([name])).toEqual(['openai'])
  expect(left([{ model: 'claude-sonnet-5', provider: 'Bedrock' }])).toEqual(['anthropic', 'openai'])
})

test('win rates are of a host, however it is written', async () => {
  const router = await routerOf([
    { ...learned, provider: 'bedrock', samples: 90, successes: 81 },
    learned,
  ])
  const name = 'us.anthropic.claude-sonnet-5-v1:0'
  expect(router.getWinRate('coding', name, 'Bedrock').winRate).toBe(0.9)
  expect(router.getWinRate('coding', name, 'anthropic.messages').winRate).toBe(0.3)
  expect(router.getWinRate('coding', name).winRate).toBe(0.3)
})

test('defaults hold for a model by any of its names, and list it by the name to call it by', async () => {
  const law = { 'anthropic/claude-haiku-4.5': 0.7, 'MiniMax-M3': 0.6 }
  const router = await routerOf([], { defaults: { replace: true, entries: { law } } })
  const [first, second] = router.rankedForTask('law')
  expect(first).toMatchObject({ modelName: 'claude-haiku-4-5', winRate: 0.7, source: 'default' })
  expect(second).toMatchObject({ model: 'MiniMax-M3', winRate: 0.6, source: 'default' })
})

test('an outcome that names the model of its decision otherwise is of that decision, and counts at once', async () => {
  const sink = recordingSink()
  const policy = { kind: 'thompson' }
  const router = await routerOf([learned], { outcomes: sink }, { policy })
  const asked = { candidates: ['gpt-4o'] }
  const before = router.rankedForTask('coding', asked)[0]?.expectedReward
  const decision = router.route('x', 'coding', asked)
  const outcomes: Outcome[] = [
    { decisionId: decision.decisionId, model: 'gpt-4o-2024-08-06', success: true },
    { taskType: 'coding', model: 'openai/gpt-4o', provider: 'OpenAI', success: true },
  ]
  for (const outcome of outcomes) router.recordPreference(outcome)
  await router.flush()
  expect(sink.outcomes()).toMatchObject([
    { model_name: 'gpt-4o', provider: 'openai', propensity: decision.propensity },
    { model_name: 'gpt-4o', provider: 'openai' },
  ])
  expect(router.rankedForTask('coding', asked)[0]?.expectedReward).toBeGreaterThan(before ?? 1)
})

test('names that a worker of an earlier version publishes apart count together', async () => {
  const router = await routerOf([
    learned,
    { ...learned, model: 'anthropic/claude-sonnet-5', provider: 'unknown', successes: 90 },
  ])
  expect(router.getWinRate('coding', 'claude-sonnet')).toMatchObject({ winRate: 0.6, samples: 200 })
})

test('an entry of this client alone learns from the name that its fleet uses', async () => {
  const entries = ['gpt-4o-2024-08-06', 'gpt-4o-2024-11-20'].map((model) => ({
    ...{ key: model, provider: 'openai', model },
  }))
  const row = { ...learned, model: 'gpt-4o', provider: 'openai' }
  const router = await routerOf([row], { catalogue: entries })
  const candidates = entries.map(({ key }) => key)
  const ranked = router.rankedForTask('coding', { candidates })
  expect(ranked).toMatchObject([
    { winRate: 0.3, source: 'learned' },
    { winRate: 0.3, source: 'learned' },
  ])
  const ofFleet = await routerOf(
    [{ ...row, model: 'gpt-4o-2024-08-06' }],
    {},
    { catalogue: entries },
  )
  expect(ofFleet.getWinRate('coding', 'gpt-4o-2024-08-06').source).toBe('learned')
  expect(ofFleet.getWinRate('coding', 'gpt-4o-2024-11-20').source).toBe('unknown')
})
