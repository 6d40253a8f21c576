// Messages of every kind of badness. Each holds its mark, by which the dead letter is found again; where
// nothing can hold one, dead letters are only counted.

export function markOf(id: string): string {
  return `crash:${id}`
}

/** An outcome that nobody can store, because a required field is bad, as JSON text. */
export type PoisonOutcome = (id: string) => string

function outcomeWith(fields: Readonly<Record<string, unknown>>): PoisonOutcome {
  return (id) =>
    JSON.stringify({
      ...{ task_type: 'coding', model_name: 'model-1', provider: 'codex', success: true },
      ...{ instance_id: 'foreign', feedback_text: markOf(id) },
      ...fields,
    })
}

/** JSON numbers that JavaScript cannot write. */
function outcomeWithText(field: string, text: string): PoisonOutcome {
  return (id) => outcomeWith({ [field]: 0 })(id).replace(`"${field}":0`, `"${field}":${text}`)
}

export const poisonOutcomes: readonly PoisonOutcome[] = [
  outcomeWith({ task_type: 'Coding' }),
  outcomeWith({ task_type: undefined }),
  outcomeWith({ task_type: { $ne: 1 } }),
  outcomeWith({ task_type: 'x'.repeat(64) }),
  outcomeWith({ model_name: '' }),
  outcomeWith({ model_name: 5 }),
  outcomeWith({ model_name: '\u{1f600}'.repeat(201) }),
  outcomeWith({ success: 'yes' }),
  outcomeWith({ success: undefined }),
  outcomeWith({ instance_id: '' }),
  outcomeWithText('success', '1e400'),
  (id) => JSON.stringify(markOf(id)),
  (id) => JSON.stringify([markOf(id)]),
  (id) => JSON.stringify({ nothing: markOf(id) }),
  (id) => `{"mark":"${markOf(id)}","nested":${'['.repeat(400)}${']'.repeat(400)}}`,
  (id) => JSON.stringify({ large: 'x'.repeat(300_000), mark: markOf(id) }),
]

/** Messages of the queue that are no outcomes. */
export const poisonMessages: readonly PoisonOutcome[] = [
  ...poisonOutcomes,
  (id) => JSON.stringify({ format: 99, batch_id: markOf(id), outcomes: [] }),
  (id) => JSON.stringify({ batch_id: markOf(id), outcomes: [] }),
  (id) => JSON.stringify({ format: 1, outcomes: markOf(id) }),
  (id) =>
    JSON.stringify({
      format: 1,
      batch_id: markOf(id),
      outcomes: Array.from({ length: 10_001 }, () => 1),
    }),
]

/** Messages of the queue that hold no mark; the last is no JSON but SQL's null. */
export const blankMessages: readonly (string | null)[] = ['null', '7', 'true', '[]', '{}', null]

/** A body that the worker must refuse with a status of its own. */
export interface PoisonBody {
  readonly body: (id: string) => string
  readonly headers?: Readonly<Record<string, string>>
}

export const poisonBodies: readonly PoisonBody[] = [
  { body: (id) => `{"task_type": "${markOf(id)}` },
  { body: () => '' },
  { body: () => 'null' },
  { body: () => '7' },
  { body: () => '[]' },
  { body: (id) => JSON.stringify({ format: 99, batch_id: markOf(id), outcomes: [] }) },
  { body: (id) => JSON.stringify({ outcomes: markOf(id) }) },
  { body: (id) => JSON.stringify(Array.from({ length: 10_001 }, () => markOf(id))) },
  { body: (id) => JSON.stringify([markOf(id), 'x'.repeat(4_200_000)]) },
  { body: (id) => JSON.stringify([markOf(id)]), headers: { 'content-encoding': 'gzip' } },
  { body: (id) => markOf(id), headers: { 'content-type': 'text/plain' } },
]
