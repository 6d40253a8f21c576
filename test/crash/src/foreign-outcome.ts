import type { Random } from '@winrate/demo/random/seeded-random'
import { builtInTaskTypes, uuidV7 } from '@winrate/shared-schema/contracts'
import { between, pick } from './plan.ts'
import { markOf } from './poison.ts'

export interface ForeignOutcome {
  readonly id: string
  readonly outcome: Readonly<Record<string, unknown>>
}

/** An outcome as other producers write it: with names and gaps that the contract allows, and fields that nobody can read. */
export function makeForeignOutcome(random: Random, instance: string): ForeignOutcome {
  const id = uuidV7(Date.now())
  const facts = {
    outcome_id: id,
    task_type: pick(builtInTaskTypes, between(random, 0, 100)),
    model_name: `model-${between(random, 0, 19)}`,
    provider: 'codex',
    success: random() < 0.7,
    response_quality: Math.round(random() * 100) / 100,
    response_time_ms: between(random, 100, 5_000),
    cost_usd: random() / 100,
    instance_id: instance,
    occurred_at: new Date(Date.now() - between(random, 0, 60_000)).toISOString(),
  }
  return { id, outcome: vary(facts, id, random()) }
}

const failures = ['transport', 'RateLimitError', 429, 'not_found', 'refused']
const badFields: readonly Readonly<Record<string, unknown>>[] = [
  ...[{ provider: ['codex'] }, { thinking_level: { level: 'high' } }, { response_quality: 4 }],
  ...[{ response_time_ms: -1 }, { cost_usd: 1e300 }, { cost_usd: '0.01' }, { propensity: 0 }],
  ...[{ prompt: 'x'.repeat(65_537) }, { occurred_at: '2026-02-30T00:00:00.000Z' }, { success: 1 }],
]

function vary<T extends { readonly model_name: string; readonly response_quality: number }>(
  facts: T,
  id: string,
  draw: number,
): Record<string, unknown> {
  if (draw < 0.6) return facts
  const { model_name, response_quality, ...rest } = facts
  if (draw < 0.7) return { ...rest, selected_model: model_name, quality_score: response_quality }
  if (draw < 0.75) return { ...rest, model_name, cost_usd: null, provider: null, unknown: [{}] }
  if (draw < 0.8)
    return { ...facts, success: false, failure: pick(failures, Math.floor(draw * 1e4)) }
  if (draw < 0.85) return { ...facts, ...pick(badFields, Math.floor(draw * 1e4)) }
  // Without an id, the message names the outcome, and its mark tells it from the others.
  if (draw < 0.95) return { ...facts, outcome_id: undefined, feedback_text: markOf(id) }
  return { ...facts, occurred_at: new Date().toISOString().replace('Z', '+00:00'), prompt: 'é' }
}
