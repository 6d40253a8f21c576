// An agent as a user would write it: asks the router which model to call, calls it, checks the answer, records the
// outcome. Its tasks are sums, so that the check is exact.
import {
  createRouter,
  type Decision,
  httpOutcomes,
  httpSnapshots,
  type Router,
} from '@winrate/router-client'
import { z } from 'zod'
import type { Random } from '../random/seeded-random.ts'
import type { LocalModel } from './local-model.ts'

const TASK_TYPE = 'arithmetic'

/** What one round of tasks came to. */
export interface Round {
  /** Version of the snapshot that decided; undefined for defaults. */
  readonly version: number | undefined
  /** Tasks by the name of the model that was called. */
  readonly calls: ReadonlyMap<string, number>
  readonly correct: number
}

const answerSchema = z.object({
  choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]),
})

/** A router that assumes `defaults` of the models until it has a snapshot. */
export function createAgentRouter(
  url: string,
  defaults: Readonly<Record<string, number>>,
  seed: number,
): Router {
  return createRouter({
    snapshots: httpSnapshots({ url }),
    outcomes: httpOutcomes({ url }),
    instanceId: 'quickstart',
    seed,
    defaults: { replace: true, entries: { [TASK_TYPE]: { ...defaults } } },
  })
}

/** Does the tasks of one round at the same time: every decision is made before the first outcome is known. */
export async function workRound(
  router: Router,
  models: readonly LocalModel[],
  { tasks, random }: { readonly tasks: number; readonly random: Random },
): Promise<Round> {
  const version = router.status().snapshot?.version
  const calls = new Map<string, number>()
  const sums = Array.from({ length: tasks }, async () => {
    const [a, b] = [Math.floor(random() * 100), Math.floor(random() * 100)]
    const prompt = `What is ${a} + ${b}?`
    const decision = router.route(prompt, TASK_TYPE)
    calls.set(decision.modelName, 1 + (calls.get(decision.modelName) ?? 0))
    const startedAtMs = performance.now()
    const success = (await callModel(models, decision, prompt)) === String(a + b)
    const responseTimeMs = performance.now() - startedAtMs
    router.recordPreference({ decisionId: decision.decisionId, success, responseTimeMs })
    return success
  })
  const answers = await Promise.all(sums)
  return { version, calls, correct: answers.filter((success) => success).length }
}

/** Resolves when a snapshot counts at least so many outcomes; rejects when `signal` is aborted. */
export function snapshotCounts(
  router: Router,
  models: readonly LocalModel[],
  { outcomes, signal }: { readonly outcomes: number; readonly signal: AbortSignal },
): Promise<void> {
  const counted = () =>
    models.reduce((sum, { name }) => sum + router.getWinRate(TASK_TYPE, name).samples, 0)
  return new Promise((resolve, reject) => {
    const settleIfCounted = () => {
      if (counted() >= outcomes) resolve()
    }
    const stopListening = router.on('snapshot', settleIfCounted)
    signal.addEventListener('abort', () => {
      stopListening()
      reject(signal.reason)
    })
    settleIfCounted()
  })
}

async function callModel(
  models: readonly LocalModel[],
  { modelName }: Decision,
  prompt: string,
): Promise<string> {
  const model = models.find(({ name }) => name === modelName)
  const response = await fetch(`${model?.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: modelName, messages: [{ role: 'user', content: prompt }] }),
  })
  const { choices } = answerSchema.parse(await response.json())
  return choices[0].message.content
}
