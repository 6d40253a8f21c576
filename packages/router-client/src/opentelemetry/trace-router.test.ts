// With the real API and SDK of OpenTelemetry, and an exporter in memory.
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterAll, afterEach, expect, test } from 'vitest'
import { says } from '../../test-support/agent-replies.ts'
import { aiSdks } from '../../test-support/ai-sdks.ts'
import { failure } from '../../test-support/fake-provider.ts'
import { setUpWinrate, stopAll } from '../../test-support/winrate-set-up.ts'
import { createWinrate } from '../ai-sdk/create-winrate.ts'
import { createRouter } from '../create-router.ts'
import { traceRouter } from './trace-router.ts'

const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
trace.setGlobalTracerProvider(provider)
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
const tracer = trace.getTracer('test')

afterEach(async () => {
  await stopAll()
  exporter.reset()
})
afterAll(() => {
  trace.disable()
  context.disable()
})

/** Runs something within a span, and returns what the span was told. */
async function within(run: () => Promise<unknown>) {
  await tracer.startActiveSpan('work', async (span) => {
    await run()
    span.end()
  })
  const [span] = exporter.getFinishedSpans()
  return {
    attributes: span?.attributes,
    events: span?.events.map(({ name, attributes }) => [name, attributes]),
  }
}

const pass = { 'gen_ai.evaluation.score.value': 1, 'gen_ai.evaluation.score.label': 'pass' }

test.each(aiSdks)('$name: the active span tells the decision and the verdict', async (sdk) => {
  const { router, openai, anthropic } = await setUpWinrate(sdk, {
    ...{ 'gpt-a': failure(503), 'claude-b': says('of b') },
  })
  const winrate = createWinrate({
    ...{ router: traceRouter(router, trace), providers: { openai, anthropic }, risk: 'high' },
    verify: async () => ({ success: true, qualityScore: 0.5 }),
  })
  let decisionId: unknown
  const { attributes, events } = await within(async () => {
    const { providerMetadata } = await sdk.ai.generateText({
      ...{ model: winrate('coding'), prompt: 'x', maxRetries: 0 },
    })
    decisionId = providerMetadata?.['winrate']?.['decisionId']
    winrate.feedback(providerMetadata, false)
  })
  const id = { 'winrate.decision.id': decisionId }
  expect(decisionId).toEqual(expect.any(String))
  expect(attributes).toMatchObject({
    ...{ ...id, 'winrate.task_type': 'coding', 'winrate.reason': expect.any(String) },
    ...{ 'winrate.propensity': 1, 'winrate.candidates': 3, 'winrate.attempt': 2 },
    ...{ 'winrate.provider': 'anthropic', 'winrate.model': 'claude-b' },
  })
  const event = 'gen_ai.evaluation.result'
  const success = { ...id, 'gen_ai.evaluation.name': 'winrate.success' }
  expect(events).toEqual([
    [event, { ...success, ...pass }],
    [
      event,
      { ...id, 'gen_ai.evaluation.name': 'winrate.quality', 'gen_ai.evaluation.score.value': 0.5 },
    ],
    [
      event,
      {
        ...success,
        ...{ 'gen_ai.evaluation.score.value': 0, 'gen_ai.evaluation.score.label': 'fail' },
      },
    ],
  ])
})

test('an observed call tells what would have been chosen', async () => {
  await using router = createRouter({ logger: false })
  const traced = traceRouter(router, trace)
  const { attributes } = await within(() =>
    traced.call('chat', 'x', () => 'a', { observe: 'mine', candidates: 'codex' }),
  )
  expect(attributes).toMatchObject({
    ...{ 'winrate.model': 'mine', 'winrate.reason': 'observed', 'winrate.candidates': 1 },
    'winrate.would_choose.model': router.route('x', 'chat', { candidates: 'codex' }).model,
  })
})

test('calls at the same time tell their own spans', async () => {
  await using router = createRouter({ logger: false })
  const traced = traceRouter(router, trace)
  const told = await Promise.all(
    ['coding', 'chat', 'planning'].map((taskType) =>
      tracer.startActiveSpan(taskType, async (span) => {
        const { decision } = await traced.call(taskType, 'x', async () => 'done')
        span.end()
        return [taskType, decision.decisionId]
      }),
    ),
  )
  const spans = exporter.getFinishedSpans()
  expect(spans.map(({ name, attributes }) => [name, attributes['winrate.decision.id']])).toEqual(
    expect.arrayContaining(told),
  )
})

test('a verdict that is there at once is no promise, and one that fails is the router’s to tell', async () => {
  await using router = createRouter({ logger: false })
  const traced = traceRouter(router, trace)
  const { events } = await within(async () => {
    const verify = () => false
    const { verdict } = await traced.call('chat', 'x', () => 'a', { verify, maxAttempts: 1 })
    expect(verdict).toBe(false)
    const throws = () => {
      throw new Error('no judge')
    }
    const unjudged = await traced.call('chat', 'x', () => 'a', { verify: throws })
    expect(unjudged.verdict).toBeNull()
  })
  expect(events).toHaveLength(1)
})

test('without a span, and with one that throws, calls are as before', async () => {
  await using router = createRouter({ logger: false })
  const broken = () => {
    throw new Error('broken')
  }
  const span = { isRecording: () => true, setAttributes: broken, addEvent: broken }
  for (const api of [trace, { getActiveSpan: broken }, { getActiveSpan: () => span }]) {
    const traced = traceRouter(router, api)
    const options = { verify: () => true }
    const { result, answered, verdict } = await traced.call('chat', 'x', () => 'done', options)
    expect({ result, verdict }).toEqual({ result: 'done', verdict: true })
    expect(traced.recordPreference({ ...answered, success: true })).toBe('dropped')
    expect(traced.route('x', 'chat').model).not.toBe('')
  }
  expect(exporter.getFinishedSpans()).toEqual([])
})
