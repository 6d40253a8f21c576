import { describe, expect, test } from 'vitest'
import { createRouter } from './create-router.ts'
import type { RouterOptions } from './options.ts'
import { httpOutcomes } from './outcomes/sinks/http-outcomes.ts'
import type { RouterEvents } from './router.ts'
import type { RouteOptions } from './routing/request/route-options.ts'
import type { Logger } from './runtime/logger.ts'
import { RouterError } from './runtime/router-error.ts'
import { fileSnapshots } from './snapshots/sources/file-snapshots.ts'
import { httpSnapshots } from './snapshots/sources/http-snapshots.ts'
import { postgresSnapshots } from './snapshots/sources/postgres-snapshots.ts'
import { staticSnapshots } from './snapshots/sources/static-snapshots.ts'
import { manualClock } from './testing/manual-clock.ts'
import { recordingSink } from './testing/recording-sink.ts'
import { snapshotFromTable, snapshotTextFromTable } from './testing/snapshot-from-table.ts'
import { staticSource } from './testing/static-source.ts'

const exploring = { kind: 'threshold', exploration: 0.5 } as const
const learned = [
  {
    taskType: 'coding',
    model: 'claude-sonnet',
    provider: 'anthropic',
    samples: 300,
    successes: 297,
  },
  { taskType: 'coding', model: 'codex', provider: 'codex', samples: 300, successes: 150 },
]

function repeat<T>(times: number, make: (at: number) => T): T[] {
  return Array.from({ length: times }, (_, at) => make(at))
}

describe('routing', () => {
  test('coding goes to codex by default, under the id that its provider knows', () => {
    const decision = createRouter().route('Write a parser', 'coding')
    expect(decision).toMatchObject({
      provider: 'codex',
      model: 'gpt-5-codex',
      modelName: 'codex',
      taskType: 'coding',
      reason: 'best',
      propensity: 1,
      winRate: 0.95,
      source: 'default',
      snapshotVersion: undefined,
    })
    expect(decision.fallbacks[0]).toMatchObject({ modelName: 'claude-sonnet' })
    expect(decision.fallbacks.map(({ modelName }) => modelName)).not.toContain('codex')
  })

  test('what was learned moves the decision', () => {
    const snapshots = staticSnapshots(snapshotFromTable(learned))
    const decision = createRouter({ snapshots }).route('x', 'coding')
    expect(decision).toMatchObject({
      modelName: 'claude-sonnet',
      source: 'learned',
      snapshotVersion: 1,
    })
  })

  test('ranks every candidate, best first', () => {
    const ranked = createRouter().rankedForTask('architecture')
    expect(ranked.slice(0, 2)).toMatchObject([
      {
        rank: 1,
        modelName: 'claude-opus',
        provider: 'anthropic',
        winRate: 0.88,
        source: 'default',
      },
      { rank: 2, modelName: 'gpt-4o', provider: 'openai', winRate: 0.85 },
    ])
  })

  test('exploration draws with the propensity that the decision states', () => {
    const router = createRouter({ policy: exploring, seed: 7 })
    const decisions = repeat(4_000, () =>
      router.route('x', 'coding', { candidates: ['codex', 'gpt-4o'] }),
    )
    const best = decisions.filter(({ modelName }) => modelName === 'codex')
    const explored = decisions.filter(({ modelName }) => modelName === 'gpt-4o')
    expect(best.every(({ reason, propensity }) => reason === 'best' && propensity === 0.75)).toBe(
      true,
    )
    expect(
      explored.every(({ reason, propensity }) => reason === 'explored' && propensity === 0.25),
    ).toBe(true)
    expect(Math.abs(explored.length / 4_000 - 0.25)).toBeLessThan(0.03)
  })

  test('the policy of the snapshot is followed, and one of a kind not known does not explore', () => {
    const source = staticSource(
      snapshotTextFromTable([], { policy: { kind: 'threshold', exploration: 1 } }),
    )
    const router = createRouter({ snapshots: source, seed: 1 })
    expect(new Set(repeat(100, () => router.route('x', 'coding').modelName)).size).toBeGreaterThan(
      1,
    )
    source.publish(
      snapshotTextFromTable([], { version: 2, policy: { kind: 'knapsack', exploration: 1 } }),
    )
    expect(new Set(repeat(100, () => router.route('x', 'coding').modelName))).toEqual(
      new Set(['codex']),
    )
  })

  test('a policy of the snapshot that cannot be read is said once a kind', () => {
    const warnings: unknown[] = []
    const source = staticSource(snapshotTextFromTable([], { policy: { kind: 'thompson' } }))
    const logger = {
      ...console,
      warn: (message: string, fields: object = {}) => warnings.push([message, fields]),
    }
    createRouter({ snapshots: source, logger })
    expect(warnings).toEqual([])
    const policies = [
      { kind: 'knapsack' },
      { kind: 'thompson', tasks: { chat: { kind: 'oracle' }, coding: { kind: 'threshold' } } },
      { kind: 'thompson', priorMass: -1 },
    ]
    for (const [at, policy] of policies.entries()) {
      source.publish(snapshotTextFromTable([], { version: 2 + at, policy }))
    }
    expect(warnings).toEqual(
      ['knapsack', 'oracle', 'thompson'].map((kind) => [
        'policy-unread',
        { problem: expect.stringContaining(`cannot read the policy ${kind} `) },
      ]),
    )
  })

  test('high risk never explores', () => {
    const router = createRouter({ policy: { kind: 'threshold', exploration: 1 } })
    const decisions = repeat(200, () => router.route('x', 'coding', { risk: 'high' }))
    expect(
      decisions.every(({ modelName, propensity }) => modelName === 'codex' && propensity === 1),
    ).toBe(true)
  })

  test('a session stays with its model, whatever is explored or learned meanwhile', () => {
    const snapshots = staticSource()
    const router = createRouter({ snapshots, policy: { kind: 'threshold', exploration: 1 } })
    const first = router.route('x', 'coding', { sessionKey: 's' })
    snapshots.publish(snapshotTextFromTable(learned))
    for (const decision of repeat(50, () => router.route('x', 'coding', { sessionKey: 's' }))) {
      expect(decision).toMatchObject({
        modelName: first.modelName,
        reason: 'session',
        propensity: first.propensity,
      })
    }
    const exclude = [first.modelName]
    const elsewhere = router.route('x', 'coding', { sessionKey: 's', exclude })
    expect(elsewhere.modelName).not.toBe(first.modelName)
    expect(['best', 'explored']).toContain(elsewhere.reason)
  })

  test('same inputs, snapshot and seed give the same models', () => {
    const models = () => {
      const router = createRouter({
        snapshots: staticSnapshots(snapshotFromTable(learned, { policy: exploring })),
        seed: 'same',
      })
      return repeat(200, () => router.route('x', 'coding').modelName)
    }
    expect(models()).toEqual(models())
    expect(new Set(models()).size).toBeGreaterThan(1)
  })
})

describe('constraints', () => {
  const router = createRouter()
  const chosen = (...args: Parameters<typeof router.route>) => router.route(...args).modelName

  test('candidates are the only models that may be chosen', () => {
    expect(chosen('x', 'coding', { candidates: ['gpt-4o'] })).toBe('gpt-4o')
    expect(router.route('x', 'coding', { candidates: ['gpt-4o'] })).toMatchObject({
      reason: 'only-candidate',
      propensity: 1,
      fallbacks: [],
    })
  })

  test('a candidate need not be in the catalogue', () => {
    const candidates = [{ provider: 'local', model: 'llama-9', thinkingLevel: 'high' }]
    expect(router.route('x', 'coding', { candidates })).toMatchObject({
      provider: 'local',
      model: 'llama-9',
      modelName: 'llama-9',
      thinkingLevel: 'high',
      source: 'unknown',
    })
  })

  test('excluded models and providers are not chosen', () => {
    expect(chosen('x', 'coding', { exclude: ['codex'] })).toBe('claude-sonnet')
    expect(chosen('x', 'coding', { exclude: ['gpt-5-codex'] })).toBe('claude-sonnet')
    expect(chosen('x', 'coding', { exclude: [{ provider: 'anthropic' }, 'codex'] })).toMatch(
      /^gpt-4o/,
    )
  })

  test('a price limit leaves out what costs more and what has no known price', () => {
    expect(chosen('x', 'architecture', { maxCostUsdPerMTokens: 1 })).toBe('gpt-4o-mini')
    const candidates = ['no-price', 'claude-opus']
    const decision = router.route('x', 'chat', { candidates, maxCostUsdPerMTokens: 20 })
    expect(decision.modelName).toBe('claude-opus')
    const unpriced = { candidates: ['no-price'], maxCostUsdPerMTokens: 20 }
    expect(router.route('x', 'chat', unpriced).reason).toBe('no-candidate-allowed')
  })

  test('messages beyond a context limit go to a model that holds them', () => {
    const long = 'word '.repeat(120_000)
    expect(chosen('short', 'chat', { candidates: ['gpt-4o-mini', 'claude-opus'] })).toBe(
      'gpt-4o-mini',
    )
    expect(chosen(long, 'chat', { candidates: ['gpt-4o-mini', 'claude-opus'] })).toBe('claude-opus')
  })

  test('images and tools go to models that take them', () => {
    const able = createRouter({
      catalogue: [
        { key: 'blind', provider: 'p', model: 'blind', images: false, tools: false },
        { key: 'seeing', provider: 'p', model: 'seeing', images: true, tools: true },
      ],
      defaults: { chat: { blind: 0.99, seeing: 0.1 } },
      models: ['blind', 'seeing'],
    })
    const image = [
      {
        role: 'user',
        content: [{ type: 'image_url', image_url: { url: 'https://x.test/a.png' } }],
      },
    ]
    expect(able.route('x', 'chat').modelName).toBe('blind')
    expect(able.route(image, 'chat').modelName).toBe('seeing')
    expect(able.route('x', 'chat', { tools: true }).modelName).toBe('seeing')
    expect(able.route([{ role: 'tool', content: 'r' }], 'chat').modelName).toBe('seeing')
  })

  test('a thinking level is named, and models without it are not allowed', () => {
    const decision = router.route('x', 'analysis', {
      thinkingLevel: 'high',
      exclude: ['claude-opus'],
    })
    expect(decision.thinkingLevel).toBe('high')
    expect(decision.modelName).not.toMatch(/^gpt-4o/)
    expect(decision.fallbacks.some(({ modelName }) => modelName.startsWith('gpt-4o'))).toBe(false)
  })

  test.each<[string, RouteOptions, string]>([
    [
      'everything is excluded',
      { exclude: [{ provider: 'anthropic' }, 'codex', 'openai'] },
      '5 excl',
    ],
    ['nothing is listed', { candidates: [] }, 'the request lists none'],
    ['everything is too dear', { maxCostUsdPerMTokens: 0 }, '5 too-expensive'],
    [
      'no model has the level',
      { thinkingLevel: 'none', exclude: 'codex' },
      '1 excluded, 4 lacks-th',
    ],
  ])('a decision names no model when %s', (_, options, why) => {
    for (const sessionKey of ['kept', 'kept', undefined]) {
      const asked = { ...options, ...(sessionKey === undefined ? {} : { sessionKey }) }
      if (sessionKey !== undefined) router.route('x', 'coding', { sessionKey })
      const decision = router.route('x', 'coding', asked)
      expect(decision).toMatchObject({
        model: '',
        modelName: '',
        provider: '',
        api: '',
        fallbacks: [],
        reason: 'no-candidate-allowed',
      })
      expect(decision.problems?.[0]).toContain(`no candidate is allowed: ${why}`)
      expect(router.explain(decision).summary).toMatch(
        /^No model was chosen for coding\. The request /,
      )
    }
  })

  test('the option leastRefused names the candidate that misses the fewest constraints', () => {
    const costly = { key: 'costly', provider: 'p', model: 'costly', inputUsdPerMTokens: 50 }
    const cheap = { key: 'cheap', provider: 'p', model: 'cheap', inputUsdPerMTokens: 1 }
    const small = createRouter({
      catalogue: [
        { ...costly, contextTokens: 10 },
        { ...cheap, contextTokens: 10 },
      ],
      defaults: { coding: { costly: 0.99, cheap: 0.01 } },
      models: ['costly', 'cheap'],
    })
    const long = 'x'.repeat(1_000)
    const named = (options: RouteOptions) => {
      const decision = small.route(long, 'coding', { maxCostUsdPerMTokens: 5, ...options })
      return [decision.modelName, decision.reason]
    }
    expect(named({})).toEqual(['cheap', 'least-refused'])
    expect(named({ exclude: 'cheap' })).toEqual(['', 'no-candidate-allowed'])
    const leastRefused = true
    expect(named({ leastRefused })).toEqual(['cheap', 'least-refused'])
    expect(named({ leastRefused, exclude: 'cheap' })).toEqual(['costly', 'least-refused'])
    expect(named({ leastRefused, exclude: 'p' })).toEqual(['cheap', 'least-refused'])
    expect(named({ leastRefused, candidates: [] })).toEqual(['', 'no-candidate-allowed'])
  })

  test('an outcome of a decision without a model has to name the one that was called', async () => {
    const sink = recordingSink()
    const recording = createRouter({ outcomes: sink })
    const problems: unknown[] = []
    recording.on('dropped', ({ problem }) => problems.push(problem))
    const { decisionId } = recording.route('x', 'coding', { candidates: [] })
    expect(recording.recordPreference({ decisionId, success: true })).toBe('dropped')
    expect(problems).toEqual([expect.stringContaining('the decision names no model')])
    expect(recording.recordPreference({ decisionId, model: 'codex', success: true })).toBe('queued')
    await recording.flush()
    expect(sink.outcomes()).toMatchObject([{ model_name: 'codex', task_type: 'coding' }])
    await recording.close()
  })

  test('a single entry is a list of one, and a price may be text', () => {
    expect(chosen('x', 'coding', { exclude: 'codex' })).toBe('claude-sonnet')
    expect(chosen('x', 'coding', { exclude: 'gpt-5-codex' })).toBe('claude-sonnet')
    expect(chosen('x', 'coding', { exclude: { model: 'codex' } })).toBe('claude-sonnet')
    expect(chosen('x', 'coding', { candidates: 'gpt-4o' })).toBe('gpt-4o')
    const misspelt = { prefer: { winrate: 0.7, cost: 0.3 } } as object
    expect(router.route('x', 'coding', misspelt)).toMatchObject({
      reason: 'invalid-options',
      problems: [expect.stringMatching(/^options\.prefer must be/)],
    })
    const asSet: RouteOptions = { exclude: new Set(['codex']) }
    expect(chosen('x', 'coding', asSet)).toBe('claude-sonnet')
    expect(chosen('x', 'coding', { candidates: { model: 'gpt-4o' } })).toBe('gpt-4o')
    const asText = { maxCostUsdPerMTokens: '1' } as object
    expect(chosen('x', 'architecture', asText)).toBe('gpt-4o-mini')
  })

  test('a text excludes a provider too, an object with a model only models', () => {
    const candidates = ['codex', { model: 'anthropic', provider: 'own' }]
    expect(chosen('x', 'chat', { candidates, exclude: ['codex'] })).toBe('anthropic')
    expect(chosen('x', 'chat', { candidates, exclude: 'own' })).toBe('codex')
    const own = [...candidates, 'claude-opus']
    const left = (exclude: RouteOptions['exclude']) => {
      const { modelName, fallbacks } = router.route('x', 'chat', {
        candidates: own,
        ...(exclude === undefined ? {} : { exclude }),
      })
      return [modelName, ...fallbacks.map((one) => one.modelName)].sort()
    }
    expect(left('anthropic')).toEqual(['codex'])
    expect(left({ model: 'anthropic' })).toEqual(['claude-opus', 'codex'])
    expect(left({ provider: 'anthropic' })).toEqual(['anthropic', 'codex'])
  })

  test('a decision and its fallbacks say which API serves the model', () => {
    const { provider, api, fallbacks } = router.route('x', 'coding')
    expect({ provider, api }).toEqual({ provider: 'codex', api: 'openai' })
    expect(fallbacks.map((one) => [one.provider, one.api])).toContainEqual([
      'anthropic',
      'anthropic',
    ])
    expect(router.rankedForTask('coding')[0]).toMatchObject({ provider: 'codex', api: 'openai' })
    const listed = router.route('x', 'coding', { candidates: { model: 'm', provider: 'groq' } })
    expect(listed).toMatchObject({ provider: 'groq', api: 'groq' })
    const catalogue = [{ key: 'k', provider: 'groq', api: 'openai', model: 'k-1' }]
    const extended = createRouter({ catalogue, models: ['k'] })
    expect(extended.route('x', 'coding')).toMatchObject({ provider: 'groq', api: 'openai' })
  })

  test('a constraint that is cut off or misspelt is named in the decision', () => {
    const many = Array.from({ length: 1_001 }, (_, at) => `m${at}`)
    expect(router.route('x', 'coding', { exclude: many })).toMatchObject({
      reason: 'invalid-options',
      problems: ['options.exclude ends after 1000 entries'],
    })
    const misspelt = { maxCost: 1 } as RouteOptions
    expect(router.route('x', 'coding', misspelt)).toMatchObject({
      reason: 'invalid-options',
      problems: ['options.maxCost is not an option (did you mean maxCostUsdPerMTokens?)'],
    })
  })

  test('more models than a call takes arguments are ranked like few', () => {
    const models = Array.from({ length: 150_000 }, (_, at) => `m${at}`)
    const many = createRouter({ models })
    expect(many.route('x', 'coding').reason).toBe('best')
    const sampling = createRouter({ models, policy: { kind: 'thompson' } })
    expect(['best', 'explored']).toContain(sampling.route('x', 'coding').reason)
  })

  test('what becomes of a decision changes neither what is recorded nor what is explained', async () => {
    const sink = recordingSink()
    const recording = createRouter({ outcomes: sink })
    const decision = recording.route('x', 'coding')
    const { decisionId } = decision
    const before = recording.explain(decision)
    Object.assign(decision, {
      modelName: 'other',
      propensity: 0.1,
      taskType: 'chat',
      reason: 'session',
    })
    expect(() => Object.assign(decision.fallbacks, { 0: { model: 'other' } })).toThrow(TypeError)
    expect(() => Object.assign(decision.fallbacks[0] ?? {}, { model: 'other' })).toThrow(TypeError)
    expect(recording.explain(decision)).toEqual(before)
    recording.recordPreference({ decisionId, success: true })
    await recording.flush()
    expect(sink.outcomes()).toMatchObject([
      { model_name: 'codex', propensity: 1, task_type: 'coding' },
    ])
    expect(recording.route('x', 'coding')).toMatchObject({ modelName: 'codex', propensity: 1 })
  })

  test('bad arguments are named in the decision', () => {
    const bad = router.route('x', 'No Task Type')
    expect(bad).toMatchObject({ reason: 'invalid-task-type', taskType: 'unknown' })
    // @ts-expect-error a weight is no number
    const options = router.route('x', 'coding', { prefer: 'taste', exclude: ['codex', 5] })
    expect(options).toMatchObject({ reason: 'invalid-options', modelName: 'claude-sonnet' })
    expect(options.problems).toEqual([
      "options.prefer must be 'cost', 'speed', { within: 0.02, then: 'cost' } or weights such as { winRate: 0.7, cost: 0.3 }",
      'options.exclude[1] names no model',
    ])
    // @ts-expect-error no messages
    expect(router.route(undefined, 'coding').reason).toBe('invalid-messages')
  })
})

describe('outcomes', () => {
  test('an outcome is credited to its decision, with propensity and a hash of the prompt', async () => {
    const sink = recordingSink()
    const router = createRouter({
      outcomes: sink,
      snapshots: staticSnapshots(snapshotFromTable(learned, { policy: exploring })),
      instanceId: 'agent-1',
      seed: 3,
    })
    const decision = router.route('secret words', 'coding', { candidates: ['codex', 'gpt-4o'] })
    const recorded = {
      decisionId: decision.decisionId,
      success: true,
      qualityScore: 0.92,
      responseTimeMs: 1830,
    }
    expect(router.recordPreference(recorded)).toBe('queued')
    await router.flush()
    expect(sink.outcomes()).toMatchObject([
      {
        decision_id: decision.decisionId,
        task_type: 'coding',
        model_name: decision.modelName,
        provider: decision.provider,
        propensity: decision.propensity,
        snapshot_version: 1,
        response_quality: 0.92,
        response_time_ms: 1830,
        success: true,
        instance_id: 'agent-1',
        prompt_length: 12,
      },
    ])
    expect(sink.outcomes()[0]?.prompt_hash).toMatch(/^[0-9a-f]{64}$/)
    expect(sink.texts().join()).not.toContain('secret')
  })

  test('of fallbacks at several thinking levels the one that is named gets the credit', async () => {
    const cell = { model: 'gpt-4o', provider: 'openai', taskType: 'coding', samples: 400 }
    const snapshot = snapshotFromTable(
      [
        { ...cell, model: 'codex', provider: 'codex', successes: 399 },
        { ...cell, thinkingLevel: 'high', successes: 300 },
        { ...cell, successes: 200 },
      ],
      { policy: { kind: 'thompson', exploration: 0 } },
    )
    const sink = recordingSink()
    const router = createRouter({
      snapshots: staticSnapshots(snapshot),
      outcomes: sink,
      models: ['codex', 'gpt-4o'],
    })
    await router.ready()
    const { decisionId, fallbacks } = router.route('x', 'coding', { risk: 'high' })
    expect(fallbacks.map(({ thinkingLevel }) => thinkingLevel)).toEqual(['high', undefined])
    for (const { model, provider, thinkingLevel } of fallbacks) {
      const level = thinkingLevel === undefined ? {} : { thinkingLevel }
      router.recordPreference({ decisionId, model, provider, ...level, success: true })
    }
    await router.close()
    expect(sink.outcomes().map((outcome) => outcome.thinking_level)).toEqual(['high', undefined])
  })

  test('a fallback that answered gets the credit, and not the propensity of the decided model', async () => {
    const sink = recordingSink()
    const router = createRouter({ outcomes: sink })
    const { decisionId } = router.route('x', 'coding')
    router.recordPreference({ decisionId, model: 'claude-sonnet', success: true })
    await router.flush()
    expect(sink.outcomes()).toMatchObject([{ model_name: 'claude-sonnet', provider: 'anthropic' }])
    expect(sink.outcomes()[0]).not.toHaveProperty('propensity')
  })

  test('a model of the decision needs no provider to be credited', async () => {
    const sink = recordingSink()
    const router = createRouter({ outcomes: sink })
    const candidates = [
      { provider: 'acme', model: 'm1' },
      { provider: 'acme', model: 'm2', thinkingLevel: 'high' },
    ]
    const decision = router.route('x', 'coding', { candidates })
    const { decisionId } = decision
    router.recordPreference({ decisionId, model: 'm1', success: true })
    router.recordPreference({ decisionId, model: 'm2', success: true })
    router.recordPreference({ ...decision, success: true })
    router.recordPreference({ decisionId, model: 'm1', provider: 'other', success: true })
    await router.flush()
    expect(
      sink
        .outcomes()
        .map((outcome) => [
          outcome.provider,
          outcome.model_name,
          outcome.thinking_level,
          outcome.propensity,
        ]),
    ).toEqual([
      ['acme', 'm1', undefined, 1],
      ['acme', 'm2', 'high', undefined],
      ['acme', 'm1', undefined, 1],
      ['other', 'm1', undefined, undefined],
    ])
  })

  test('a call that was decided elsewhere is described', async () => {
    const sink = recordingSink()
    const router = createRouter({ outcomes: sink })
    router.recordPreference({ taskType: 'sql-review', model: 'gpt-5-codex', success: false })
    router.recordPreference({
      taskType: 'chat',
      selectedModel: 'm',
      selectedProvider: 'p',
      success: true,
    })
    await router.flush()
    expect(sink.outcomes()).toMatchObject([
      { task_type: 'sql-review', model_name: 'codex', provider: 'codex', success: false },
      { task_type: 'chat', model_name: 'm', provider: 'p' },
    ])
  })

  test("with prompts 'none' nothing of a prompt travels, with 'store' all of it", async () => {
    for (const prompts of ['none', 'store'] as const) {
      const sink = recordingSink()
      const router = createRouter({ outcomes: sink, prompts })
      const { decisionId } = router.route('decided on', 'chat')
      router.recordPreference({ decisionId, success: true })
      router.recordPreference({ decisionId, success: true, prompt: 'given' })
      await router.flush()
      const told = sink.outcomes().map(({ prompt, prompt_hash, prompt_length }) => ({
        prompt,
        hashed: prompt_hash !== undefined,
        prompt_length,
      }))
      expect(told).toEqual(
        prompts === 'none'
          ? [{ hashed: false }, { hashed: false }]
          : [
              { prompt: 'decided on', hashed: true, prompt_length: 10 },
              { prompt: 'given', hashed: true, prompt_length: 5 },
            ],
      )
    }
  })

  test('a correction names the outcome that the event told of', async () => {
    const sink = recordingSink()
    const router = createRouter({ outcomes: sink })
    const recorded: RouterEvents['recorded'][] = []
    router.on('recorded', (event) => recorded.push(event))
    const { decisionId } = router.route('x', 'coding')
    router.recordPreference({ decisionId, success: true })
    const corrects = recorded[0]?.outcomeId ?? ''
    router.recordPreference({ decisionId, success: false, corrects })
    await router.flush()
    expect(sink.outcomes()[1]).toMatchObject({
      corrects: sink.outcomes()[0]?.outcome_id,
      success: false,
    })
  })

  test('an outcome is dropped by reason only for what it needs, and counted', () => {
    const router = createRouter({ outcomes: recordingSink() })
    const dropped: string[] = []
    router.on('dropped', ({ reason }) => dropped.push(reason))
    const { decisionId } = router.route('x', 'coding')
    expect(router.recordPreference({ decisionId: 'not-known', success: true })).toBe('dropped')
    expect(router.recordPreference({ decisionId, success: true, qualityScore: 1.5 })).toBe('queued')
    expect(router.recordPreference({ decisionId })).toBe('dropped')
    expect(router.recordPreference({ taskType: 'Coding', model: 'x', success: true })).toBe(
      'dropped',
    )
    expect(dropped).toEqual(['unknown-decision', 'invalid', 'invalid'])
    expect(router.status().outcomes).toMatchObject({
      recorded: 4,
      dropped: { 'unknown-decision': 1, invalid: 2 },
      leftOut: { qualityScore: 1 },
    })
  })

  test('a failure needs no success, and a transport failure travels as one', async () => {
    const sink = recordingSink()
    const router = createRouter({ outcomes: sink })
    const { decisionId } = router.route('x', 'coding')
    router.recordPreference({ decisionId, failure: 'transport' })
    await router.flush()
    expect(sink.outcomes()).toMatchObject([{ failure: 'transport', success: false }])
  })

  test.each([
    ['store', 'the prompt', true],
    ['hash', undefined, true],
    ['none', undefined, false],
  ] as const)('prompts: %s', async (prompts, prompt, hashed) => {
    const sink = recordingSink()
    const router = createRouter({ outcomes: sink, prompts })
    const { decisionId } = router.route('the prompt', 'coding')
    router.recordPreference({ decisionId, success: true })
    await router.flush()
    expect(sink.outcomes()[0]?.prompt).toBe(prompt)
    expect(sink.outcomes()[0]?.prompt_hash !== undefined).toBe(hashed)
  })

  test('the hash is of the messages as they were decided on, though the list has grown', async () => {
    const sink = recordingSink()
    const router = createRouter({ outcomes: sink })
    const messages = [{ role: 'user', content: 'question' }]
    const grown = router.route(messages, 'coding')
    messages.push({ role: 'assistant', content: 'answer' })
    const same = router.route([{ content: 'question', role: 'user' }], 'coding')
    router.recordPreference({ decisionId: grown.decisionId, success: true })
    router.recordPreference({ decisionId: same.decisionId, success: true })
    await router.flush()
    const [one, other] = sink.outcomes()
    expect(one?.prompt_hash).toBe(other?.prompt_hash)
  })

  test('text that Postgres cannot hold is made safe, and over-long text is cut', async () => {
    const sink = recordingSink()
    const router = createRouter({ outcomes: sink })
    const feedbackText = `\0\ud800${'x'.repeat(20_000)}`
    router.recordPreference({ taskType: 'chat', model: 'm', success: true, feedbackText })
    await router.flush()
    const text = sink.outcomes()[0]?.feedback_text ?? ''
    expect(text.startsWith('\uFFFD\uFFFDx')).toBe(true)
    expect(text).toHaveLength(16_384)
  })

  test('without a sink outcomes are dropped and that is said', () => {
    const warnings: string[] = []
    const router = createRouter({ logger: recordingLogger(warnings) })
    const { decisionId } = router.route('x', 'coding')
    expect(router.recordPreference({ decisionId, success: true })).toBe('dropped')
    expect(router.status().outcomes.dropped).toEqual({ 'no-sink': 1 })
    expect(warnings).toEqual(['outcomes-dropped'])
  })
})

describe('life', () => {
  test('every mistake in the options is told at once, by the only thing that throws', () => {
    const options = {
      snapshots: httpSnapshots({ url: 'not an address' }),
      outcomes: httpOutcomes({ url: 'ftp://example.org' }),
      prompts: 'shout',
      staleAfterMs: -1,
      models: [],
      policy: { kind: 'threshold', exploration: 2 },
      buffer: { capacity: 0, bathSize: 3 },
      modles: ['codex'],
    }
    try {
      createRouter(options as unknown as RouterOptions)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(RouterError)
      expect(error).toMatchObject({ code: 'invalid-options' })
      const { problems } = error as RouterError
      expect(problems[0]).toBe('modles is not an option (did you mean models?)')
      expect(problems.map((problem) => problem.split(/[ :]/)[0])).toEqual([
        'modles',
        'httpSnapshots',
        'httpOutcomes',
        'policy.exploration',
        'prompts',
        'buffer.capacity',
        'buffer.bathSize',
        'staleAfterMs',
        'no',
      ])
    }
  })

  test('a misspelt option of a source or a sink is told', () => {
    const url = 'http://worker'
    const misspelt = { url, tokn: 'x' } as { url: string }
    expect(() =>
      createRouter({ snapshots: httpSnapshots(misspelt), outcomes: httpOutcomes(misspelt) }),
    ).toThrow(
      'httpSnapshots: tokn is not an option (did you mean token?); httpOutcomes: tokn is not an option (did you mean token?)',
    )
    const path = { path: 'x', pollIntervl: 5 } as { path: string }
    expect(() => createRouter({ snapshots: fileSnapshots(path) })).toThrow(
      'fileSnapshots: pollIntervl is not an option (did you mean pollIntervalMs?)',
    )
  })

  test('a wrong value in a policy does not pass for one of a later version', () => {
    const policy = { kind: 'thompson', priorMass: -1 } as const
    expect(() => createRouter({ policy })).toThrow(/policy\.priorMass/)
    const kind = 'thompson' as const
    const tasks = { chat: { kind: 'threshold', exploration: 2 } }
    expect(() => createRouter({ policy: { kind, tasks } })).toThrow(
      /policy\.tasks\.chat\.exploration/,
    )
    const nested: { kind: string; tasks?: unknown } = { kind }
    nested.tasks = { chat: nested }
    expect(() => createRouter({ policy: nested })).toThrow(/policy\.tasks\.chat/)
    const misnamed = { Chat: { kind: 'threshold', exploration: 0 } }
    expect(() => createRouter({ policy: { kind, tasks: misnamed } })).toThrow(/policy\.tasks\.Chat/)
    expect(() => createRouter({ policy: { kind: 'knapsack' } })).toThrow(/policy\.kind/)
  })

  test('options that are none, misspelt or of another type are told as mistakes', () => {
    const mistakes = (options: unknown): readonly string[] => {
      try {
        createRouter(options as RouterOptions)
        return []
      } catch (error) {
        expect(error).toBeInstanceOf(RouterError)
        return (error as RouterError).problems
      }
    }
    expect(mistakes(null)).toEqual(['options must be an object'])
    expect(mistakes({ snapshot: 1, cache: 2 })).toEqual([
      'snapshot is not an option (did you mean snapshots?)',
      'cache is not an option (did you mean cacheFile?)',
    ])
    expect(mistakes({ catalogue: null, defaults: 'x' })).toEqual([
      expect.stringMatching(/^catalogue: [^:]/),
      expect.stringMatching(/^defaults: [^:]/),
    ])
    const names =
      'snapshots outcomes models similarTo policy seed prompts buffer cacheFile logger clock'
    for (const name of names.split(' ')) {
      expect(mistakes({ [name]: null })).toEqual([expect.stringMatching(name)])
    }
    const entries = { coding: null }
    expect(mistakes({ defaults: { replace: true, entries } })).toHaveLength(2)
  })

  test('a name with a control character, which joins names in keys, is a mistake', () => {
    const name = 'a\u0004b\u0004'
    const entry = { key: 'a', provider: 'p', model: 'm' }
    for (const options of [
      { models: [name] },
      { instanceId: name },
      { catalogue: [{ ...entry, key: name }] },
      { catalogue: [{ ...entry, provider: name }] },
      { catalogue: [{ ...entry, model: name }] },
      { catalogue: [{ ...entry, thinkingLevels: [name] }] },
      { defaults: { coding: { [name]: 0.5 } } },
    ]) {
      expect(() => createRouter(options), JSON.stringify(options)).toThrow(RouterError)
    }
  })

  test('an interval that is no time is a mistake, as it would be asked without a pause', () => {
    const url = 'http://127.0.0.1:1'
    const intervals = { pollIntervalMs: Number.NaN }
    const sources = [
      httpSnapshots({ url, ...intervals, reconnectMs: 0 }),
      fileSnapshots({ path: 'x', ...intervals }),
      postgresSnapshots({ connectionString: 'postgres://x', ...intervals }),
    ]
    for (const snapshots of sources) {
      expect(() => createRouter({ snapshots })).toThrow(/pollIntervalMs must be above 0/)
    }
    expect(() => createRouter({ snapshots: httpSnapshots({ url, reconnectMs: -1 }) })).toThrow(
      /reconnectMs must be above 0/,
    )
    expect(() =>
      createRouter({ outcomes: httpOutcomes({ url, requestTimeoutMs: Number.NaN }) }),
    ).toThrow(/requestTimeoutMs must be above 0/)
  })

  test('a token that no header can carry is a mistake', () => {
    const options = { url: 'http://127.0.0.1:1', token: 'secret\n' }
    expect(() => createRouter({ snapshots: httpSnapshots(options) })).toThrow(/token must be/)
    expect(() => createRouter({ outcomes: httpOutcomes(options) })).toThrow(/token must be/)
  })

  test('a source that serves another router is a mistake', () => {
    const snapshots = staticSource()
    createRouter({ snapshots })
    expect(() => createRouter({ snapshots })).toThrow(/make one source for each router/)
  })

  test('ready tells what serves', async () => {
    expect(await createRouter().ready()).toEqual({ status: 'defaults', version: undefined })
    const fresh = createRouter({
      snapshots: staticSource(snapshotTextFromTable([], { version: 9 })),
    })
    expect(await fresh.ready()).toEqual({ status: 'fresh', version: 9 })
    const nothingYet = staticSource()
    const waiting = createRouter({ snapshots: nothingYet })
    const ready = waiting.ready()
    nothingYet.confirm()
    expect(await ready).toEqual({ status: 'defaults', version: undefined })
    const failing = staticSource()
    const away = createRouter({ snapshots: failing })
    failing.fail('refused')
    expect(await away.ready()).toEqual({ status: 'defaults', version: undefined })
  })

  test('ready settles by its timeout, and leaves no timer', async () => {
    const clock = manualClock()
    const router = createRouter({ snapshots: staticSource(), clock })
    const before = clock.pendingTimers()
    const ready = router.ready({ timeoutMs: 1_000 })
    clock.advance(1_000)
    expect(await ready).toEqual({ status: 'timeout', version: undefined })
    expect(clock.pendingTimers()).toBe(before)
  })

  test('what is still missing when ready gives up is said, once, with what decides', async () => {
    const warnings: unknown[] = []
    const nothing = () => undefined
    const warn: Logger['warn'] = (message, fields) => void warnings.push({ message, ...fields })
    const router = createRouter({
      snapshots: staticSource(),
      logger: { debug: nothing, info: nothing, error: nothing, warn },
    })
    expect(await router.ready({ timeoutMs: 0 })).toMatchObject({ status: 'timeout' })
    expect(warnings).toEqual([])
    await router.ready({ timeoutMs: 5 })
    await router.ready({ timeoutMs: 5 })
    expect(warnings).toEqual([
      expect.objectContaining({
        message: 'snapshot-source-late',
        problem: 'no answer within 5 ms',
        deciding: 'by defaults',
      }),
    ])
  })

  test('a bad snapshot is refused, and the last good one stays', () => {
    const source = staticSource(snapshotTextFromTable(learned))
    const router = createRouter({ snapshots: source })
    const damaged = snapshotTextFromTable(learned, { version: 2 }).replace('297', '298')
    for (const bad of ['', '{', damaged, {}, null]) source.publish(bad)
    expect(router.status()).toMatchObject({ refused: 5, snapshot: { version: 1 } })
    expect(router.route('x', 'coding').modelName).toBe('claude-sonnet')
  })

  test('an older snapshot is ignored, one of another epoch is taken', () => {
    const source = staticSource(snapshotTextFromTable([], { version: 5 }))
    const router = createRouter({ snapshots: source })
    source.publish(snapshotTextFromTable([], { version: 4 }))
    expect(router.status().snapshot?.version).toBe(5)
    const epoch = '00000000-0000-4000-8000-000000000002'
    source.publish(snapshotTextFromTable([], { version: 1, epoch }))
    expect(router.status().snapshot).toMatchObject({ version: 1, epoch })
  })

  test('staleness is told once, and its end too; a held version is not stale', () => {
    const clock = manualClock()
    const source = staticSource(snapshotTextFromTable([]))
    const router = createRouter({ snapshots: source, clock, staleAfterMs: 1_000 })
    const told: string[] = []
    router.on('stale', () => told.push('stale'))
    router.on('recovered', () => told.push('recovered'))
    clock.advance(900)
    source.confirm({ held: true })
    clock.advance(900)
    expect(router.status().stale).toBe(false)
    source.confirm()
    clock.advance(5_000)
    expect(router.status().stale).toBe(true)
    source.publish(snapshotTextFromTable([], { version: 2 }))
    expect(router.status().stale).toBe(false)
    expect(told).toEqual(['stale', 'recovered'])
  })

  test('listeners and loggers that throw harm nothing', async () => {
    const fail = () => {
      throw new Error('listener')
    }
    const logger: Logger = { debug: fail, info: fail, warn: fail, error: fail }
    const source = staticSource()
    const router = createRouter({ snapshots: source, logger, outcomes: recordingSink() })
    const told: number[] = []
    router.on('snapshot', fail)
    router.on('snapshot', async () => fail())
    router.on('snapshot', ({ version }) => told.push(version))
    router.on('dropped', fail)
    source.publish(snapshotTextFromTable([]))
    router.recordPreference({ decisionId: 'unknown', success: true })
    expect(told).toEqual([1])
    await router.close()
  })

  test('a listener that was taken off hears nothing', () => {
    const source = staticSource()
    const router = createRouter({ snapshots: source })
    const told: number[] = []
    const off = router.on('snapshot', ({ version }) => told.push(version))
    source.publish(snapshotTextFromTable([]))
    off()
    source.publish(snapshotTextFromTable([], { version: 2 }))
    expect(told).toEqual([1])
  })

  test('close sends what was recorded, twice is once, and leaves no timer', async () => {
    const clock = manualClock()
    const sink = recordingSink()
    const router = createRouter({ outcomes: sink, snapshots: staticSource(), clock })
    router.recordPreference({ taskType: 'chat', model: 'm', success: true })
    const [one, other] = await Promise.all([router.close(), router.close()])
    expect(one).toEqual({ status: 'flushed', remaining: 0 })
    expect(other).toBe(one)
    expect(sink.outcomes()).toHaveLength(1)
    expect(clock.pendingTimers()).toBe(0)
  })

  test('after close decisions are still made, and outcomes are dropped', async () => {
    const router = createRouter({ outcomes: recordingSink() })
    await router.close()
    const decision = router.route('x', 'coding')
    expect(decision).toMatchObject({ modelName: 'codex', reason: 'closed' })
    expect(router.recordPreference({ decisionId: decision.decisionId, success: true })).toBe(
      'dropped',
    )
    expect(router.status().outcomes.dropped).toEqual({ closed: 1 })
  })

  test('a disposed router is closed', async () => {
    const sink = recordingSink()
    {
      await using router = createRouter({ outcomes: sink })
      router.recordPreference({ taskType: 'chat', model: 'm', success: true })
    }
    expect(sink.outcomes()).toHaveLength(1)
  })

  test('explains a decision in words and numbers, refused candidates included', () => {
    const router = createRouter()
    const decision = router.route('x', 'coding', { exclude: ['codex'] })
    const { summary, candidates, snapshotChanged } = router.explain(decision)
    expect(summary).toContain('claude-sonnet of anthropic was chosen for coding')
    expect(summary).toContain('0.82, the default')
    expect(candidates).toMatchObject([
      { rank: 1, modelName: 'codex', refused: 'excluded', chosen: false },
      { rank: 2, modelName: 'claude-sonnet', chosen: true, winRate: 0.82 },
      {},
      {},
      {},
    ])
    expect(snapshotChanged).toBe(false)
  })

  test('every decision is counted by its reason and by where its win rate came from', () => {
    const router = createRouter()
    router.route('x', 'coding')
    router.route('x', 'never-heard-of')
    router.route('x', 'coding', { candidates: ['codex'] })
    expect(router.status().decisions).toMatchObject({
      total: 3,
      byReason: { best: 2, 'only-candidate': 1 },
      bySource: { default: 2, unknown: 1 },
    })
  })
})

function recordingLogger(warnings: string[]): Logger {
  const ignore = () => undefined
  return { debug: ignore, info: ignore, warn: (message) => warnings.push(message), error: ignore }
}

test('waiting for something with options that are none still settles', async () => {
  const router = createRouter({ outcomes: recordingSink() })
  // @ts-expect-error null is no options
  const results = await Promise.all([router.ready(null), router.flush(null), router.close(null)])
  expect(results.map(({ status }) => status)).toEqual(['defaults', 'flushed', 'flushed'])
})
