// A provider that redirects calls answers with another model than it was asked for. The choice bears the call.
import { expect, test } from 'vitest'
import { createRouter } from '../../create-router.ts'
import { recordingSink } from '../../testing/recording-sink.ts'
import type { Outcome } from './outcome.ts'

async function recordOf(fields: object) {
  const sink = recordingSink()
  const catalogue = ['asked', 'spare'].map((key) => ({ key, provider: 'p', model: `${key}-1` }))
  const router = createRouter({
    seed: 1,
    outcomes: sink,
    instanceId: 'agent-1',
    catalogue,
    logger: false,
  })
  const decision = router.route('x', 'coding', { candidates: ['asked', 'spare'], prefer: 'cost' })
  const [spare] = decision.fallbacks
  const { decisionId } = decision
  router.recordPreference({ decisionId, success: true, costUsd: 5, ...fields } as Outcome)
  await router.close()
  return { decision, spare, sent: sink.outcomes()[0] }
}

test('who answered is kept beside the model that was called, which bears the cost', async () => {
  const { decision, sent } = await recordOf({ answeredBy: 'dear-9' })
  expect(sent).toMatchObject({
    ...{ model_name: decision.modelName, provider: 'p', propensity: decision.propensity },
    ...{ cost_usd: 5, answered_by: 'dear-9' },
  })
})

test('a model of nobody else beside the decision is taken for who answered', async () => {
  for (const more of [{}, { provider: 'p' }, { provider: 'p', thinkingLevel: null }]) {
    const fields = { model: 'dear-9', ...more }
    const { decision, sent } = await recordOf(fields)
    expect(sent).toMatchObject({
      ...{ model_name: decision.modelName, propensity: decision.propensity },
      answered_by: 'dear-9',
    })
  }
})

test('a fallback, a model of another provider and a described call are credited themselves', async () => {
  const { spare } = await recordOf({})
  const cases = [
    [{ model: spare?.model }, spare?.modelName],
    [{ model: 'own-9', provider: 'other' }, 'own-9'],
    [{ model: 'claude-opus' }, 'claude-opus'],
    // Nobody has named its provider, but only one vendor makes it.
    [{ model: 'gemini-3-pro' }, 'gemini-3-pro'],
    [{ model: 'google/gemini-3-pro' }, 'gemini-3-pro'],
    [{ model: 'own-9', taskType: 'coding' }, 'own-9'],
  ] as const
  for (const [fields, credited] of cases) {
    const { decision, sent } = await recordOf(fields)
    const name = fields.model === decision.model ? decision.modelName : credited
    expect([fields, sent?.model_name, sent?.answered_by]).toEqual([fields, name, undefined])
  }
})

test('the called model under either of its names is no other model', async () => {
  const { decision } = await recordOf({})
  for (const answeredBy of [decision.model, decision.modelName]) {
    const { sent } = await recordOf({ answeredBy })
    expect([sent?.model_name, sent?.answered_by]).toEqual([decision.modelName, undefined])
  }
})

test('an answer of the API that serves the called model is no call of another provider', async () => {
  const sink = recordingSink()
  const router = createRouter({ outcomes: sink, instanceId: 'agent-1', logger: false })
  const { decisionId, modelName } = router.route('x', 'coding', { candidates: 'codex' })
  router.recordPreference({ decisionId, model: 'gpt-9-codex-2027', success: true })
  await router.close()
  expect(sink.outcomes()).toMatchObject([
    { model_name: modelName, provider: 'codex', answered_by: 'gpt-9-codex-2027' },
  ])
})
