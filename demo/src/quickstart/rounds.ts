import type { Router } from '@winrate/router-client'
import type { Random } from '../random/seeded-random.ts'
import type { Agent } from './agent.ts'
import { drawTask } from './coding-task.ts'

/** What one round of tasks came to. */
export interface Round {
  /** Version of the snapshot that decided; undefined for defaults. */
  readonly version: number | undefined
  /** Tasks by the model that did them. */
  readonly tasks: ReadonlyMap<string, number>
  readonly correct: number
}

/** Does the tasks of one round at the same time: every decision is made before the first outcome is known. */
export async function workRound(
  { router, write }: Agent,
  { tasks, random }: { readonly tasks: number; readonly random: Random },
): Promise<Round> {
  const version = router.status().snapshot?.version
  const done = await Promise.all(Array.from({ length: tasks }, () => write(drawTask(random))))
  const byModel = new Map<string, number>()
  for (const { model } of done) byModel.set(model, 1 + (byModel.get(model) ?? 0))
  return { version, tasks: byModel, correct: done.filter(({ isGood }) => isGood).length }
}

/** Resolves when a snapshot counts at least so many outcomes; rejects when `signal` is aborted. */
export function snapshotCounts(
  router: Router,
  models: readonly string[],
  { outcomes, signal }: { readonly outcomes: number; readonly signal: AbortSignal },
): Promise<void> {
  const counted = () =>
    models.reduce((sum, model) => sum + router.getWinRate('coding', model).samples, 0)
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
