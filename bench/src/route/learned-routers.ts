import {
  createRouter,
  type OutcomeSink,
  type Policy,
  type Router,
  staticSnapshots,
} from '@winrate/router-client'
import { type SnapshotRow, snapshotFromTable } from '@winrate/router-client/testing'

export const TASK_TYPES = ['coding', 'chat', 'analysis', 'planning'] as const
export const GREEDY: Policy = { kind: 'threshold', exploration: 0 }
/** The worker's default policy. */
export const SAMPLED: Policy = { kind: 'thompson' }

/** Accepts every outcome and keeps none. */
const nowhere: OutcomeSink = {
  send: async () => ({ status: 'sent' }),
  close: async () => undefined,
}

/** `model-0`, `model-1`… */
export function modelNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `model-${at}`)
}

/** A router with a learned snapshot of this many models, each with a price and limits. */
export async function learnedRouter(models: number, policy: Policy): Promise<Router> {
  const names = modelNames(models)
  const router = createRouter({
    snapshots: staticSnapshots(snapshotFromTable(names.flatMap(rowsOf), { policy })),
    catalogue: names.map((key, at) => ({
      key,
      provider: providerOf(at),
      model: `${key}-2026-08`,
      inputUsdPerMTokens: 1 + (at % 12),
      outputUsdPerMTokens: 2 + (at % 20),
      contextTokens: 128_000 + 1_000 * at,
      images: true,
      tools: true,
    })),
    models: names,
    outcomes: nowhere,
    seed: 'bench',
  })
  await router.ready()
  return router
}

function providerOf(at: number): string {
  return `provider-${at % 5}`
}

function rowsOf(model: string, at: number): SnapshotRow[] {
  return TASK_TYPES.map((taskType, task) => {
    const samples = 40 + ((at * 37 + task * 11) % 300)
    const rate = 0.55 + ((at * 13 + task * 7) % 40) / 100
    return {
      taskType,
      model,
      provider: providerOf(at),
      samples,
      successes: Math.floor(samples * rate),
      costUsd: 0.001 * (1 + (at % 9)),
      responseTimeMs: 500 + 10 * at,
    }
  })
}
