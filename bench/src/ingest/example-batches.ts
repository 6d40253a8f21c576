// The outcomes to ingest: about 490 bytes each as JSON, with 7 task types, 20 models and 20 instances. They
// occurred within the last minutes and come in sealed batches, as clients send them.
import { createHash, randomUUID } from 'node:crypto'
import { builtInTaskTypes, uuidV7 } from '@winrate/shared-schema/contracts'

export const OUTCOMES_A_BATCH = 500

const PROVIDERS = ['anthropic', 'openai', 'google', 'mistral'] as const
const MODELS = Array.from({ length: 20 }, (_, at) => ({
  model_name: `model-of-a-usual-length-${at}`,
  provider: PROVIDERS[at % PROVIDERS.length] ?? '',
}))
const INSTANCES = 20
const SPAN_MS = 5 * 60_000

/** Sealed batches as JSON text, with this many outcomes in total. */
export function* exampleBatches(outcomes: number): Generator<string> {
  const batches = Math.ceil(outcomes / OUTCOMES_A_BATCH)
  const endMs = Date.now()
  const sessions = Array.from({ length: INSTANCES }, () => uuidV7(endMs - SPAN_MS))
  for (let batch = 0; batch < batches; batch += 1) {
    const instance = batch % INSTANCES
    const instanceId = `agent-host-${instance}`
    const sealedMs = endMs - SPAN_MS + Math.floor((SPAN_MS * (batch + 1)) / batches)
    yield JSON.stringify({
      format: 1,
      batch_id: uuidV7(sealedMs),
      instance_id: instanceId,
      session_id: sessions[instance],
      sdk: 'router-client/0.1.0',
      sealed_at: new Date(sealedMs).toISOString(),
      dropped: {},
      outcomes: Array.from({ length: OUTCOMES_A_BATCH }, (_, at) =>
        outcomeOf(
          instanceId,
          sealedMs - OUTCOMES_A_BATCH + at,
          Math.floor(Math.random() * 2 ** 30),
        ),
      ),
    })
  }
}

function outcomeOf(instanceId: string, ms: number, draw: number) {
  return {
    outcome_id: uuidV7(ms),
    decision_id: uuidV7(ms - 1_000),
    task_type: builtInTaskTypes[draw % builtInTaskTypes.length],
    ...MODELS[draw % MODELS.length],
    prompt_hash: createHash('sha256').update(randomUUID()).digest('hex'),
    prompt_length: draw % 4_000,
    response_quality: (draw % 1_000) / 1_000,
    success: draw % 5 > 0,
    response_time_ms: draw % 20_000,
    cost_usd: (draw % 100_000) / 1e6,
    instance_id: instanceId,
    propensity: (1 + (draw % 999)) / 1_000,
    snapshot_version: 1_234,
    occurred_at: new Date(ms).toISOString(),
  }
}
