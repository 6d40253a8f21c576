// The data to publish: prompts of 200 characters, never the same twice in a row, and outcomes of about 490 bytes.
import { randomUUID } from 'node:crypto'
import { builtInTaskTypes, uuidV7 } from '@winrate/shared-schema/contracts'

const MODELS = 20
const PROMPTS = Array.from({ length: 1_000 }, (_, at) =>
  `Name the parts of a queue and say what each is for. Variant ${at}. `.repeat(4).slice(0, 200),
)

export function taskTypeOf(number: number): string {
  return builtInTaskTypes[number % builtInTaskTypes.length] ?? ''
}

export function examplePrompt(number: number): string {
  return PROMPTS[number % PROMPTS.length] ?? ''
}

/** The facts of a call. */
export function exampleFacts(number: number) {
  return {
    success: number % 3 > 0,
    qualityScore: (number % 100) / 100,
    responseTimeMs: 500 + (number % 3_000),
    costUsd: (number % 250) / 10_000,
  }
}

/** The same facts as an object of the wire format, for contenders without a router. */
export function wireOutcome(number: number) {
  const { success, qualityScore, responseTimeMs, costUsd } = exampleFacts(number)
  return {
    outcome_id: uuidV7(Date.now()),
    decision_id: uuidV7(Date.now()),
    task_type: taskTypeOf(number),
    model_name: `model-${number % MODELS}`,
    provider: 'provider',
    prompt_hash: randomUUID().replaceAll('-', '').repeat(2),
    prompt_length: 200,
    response_quality: qualityScore,
    success,
    response_time_ms: responseTimeMs,
    cost_usd: costUsd,
    instance_id: 'agent-host-1',
    propensity: 1,
    snapshot_version: 12,
    occurred_at: new Date().toISOString(),
  }
}
