import type { Router } from '@winrate/router-client'
import { GREEDY, learnedRouter, SAMPLED, TASK_TYPES } from './learned-routers.ts'
import { inTurn, messageLists, texts } from './requests.ts'

/** One evaluation, as an application would call it. */
export interface Contender {
  readonly name: string
  readonly evaluate: () => unknown
  /** True if the call can only be made with `await`. */
  readonly isAsync?: boolean
}

/** Winrate's decisions, with different requests and policies. */
export async function routeContenders(): Promise<readonly Contender[]> {
  const greedy = await learnedRouter(30, GREEDY)
  const sampled = await learnedRouter(30, SAMPLED)
  const large = await learnedRouter(300, SAMPLED)
  return [
    ...greedyContenders(greedy, sampled),
    ...sampledContenders(sampled, large),
    learningContender(8, await learnedRouter(8, SAMPLED)),
    learningContender(50, await learnedRouter(50, SAMPLED)),
  ]
}

/** Records an outcome before each decision, as agents do, so that the decision must count it. */
function learningContender(models: number, router: Router): Contender {
  const text = inTurn(texts)
  const model = inTurn(['model-0', 'model-1', 'model-2', 'model-3'])
  const success = inTurn([true, true, false, true, true, true, true, false])
  return {
    name: `sampled of ${models}, after an own outcome`,
    evaluate() {
      router.recordPreference({ taskType: 'coding', model: model(), success: success() })
      return router.route(text(), 'coding')
    },
  }
}

function greedyContenders(greedy: Router, sampled: Router): readonly Contender[] {
  const text = inTurn(texts)
  const list = inTurn(messageLists)
  return [
    { name: 'greedy', evaluate: () => greedy.route(text(), 'coding') },
    { name: 'greedy, 2-4 messages', evaluate: () => greedy.route(list(), 'coding') },
    {
      name: "greedy, risk: 'high'",
      evaluate: () => sampled.route(text(), 'coding', { risk: 'high' }),
    },
    {
      name: 'greedy, id read',
      evaluate: () => greedy.route(text(), 'coding').decisionId.charCodeAt(20),
    },
  ]
}

function sampledContenders(sampled: Router, large: Router): readonly Contender[] {
  const text = inTurn(texts)
  const list = inTurn(messageLists)
  const taskType = inTurn(TASK_TYPES)
  const session = inTurn(Array.from({ length: 256 }, (_, at) => `session-${at}`))
  return [
    { name: 'sampled', evaluate: () => sampled.route(text(), 'coding') },
    { name: 'sampled, 2-4 messages', evaluate: () => sampled.route(list(), 'coding') },
    { name: 'sampled, 4 task types', evaluate: () => sampled.route(text(), taskType()) },
    {
      name: 'sampled, exclude and price',
      evaluate: () =>
        sampled.route(text(), 'coding', {
          exclude: ['model-3', 'model-4'],
          maxCostUsdPerMTokens: 10,
        }),
    },
    { name: 'sampled, 30 candidates', evaluate: () => sampled.route(text(), 'coding', thirty()) },
    {
      name: 'sampled, sessions',
      evaluate: () => sampled.route(text(), 'coding', { sessionKey: session() }),
    },
    { name: 'sampled of 300', evaluate: () => large.route(text(), 'coding') },
  ]
}

/** A fresh list per call, as a literal makes one. */
function thirty() {
  // biome-ignore format: one name per line would not be clearer
  return {
    candidates: [
      'model-0', 'model-1', 'model-2', 'model-3', 'model-4', 'model-5', 'model-6', 'model-7',
      'model-8', 'model-9', 'model-10', 'model-11', 'model-12', 'model-13', 'model-14', 'model-15',
      'model-16', 'model-17', 'model-18', 'model-19', 'model-20', 'model-21', 'model-22', 'model-23',
      'model-24', 'model-25', 'model-26', 'model-27', 'model-28', 'model-29',
    ],
  }
}
