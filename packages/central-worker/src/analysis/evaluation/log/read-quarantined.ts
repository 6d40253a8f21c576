import type { Queryable } from '../../../postgres/queryable.ts'

/** What a quarantine leaves out of one instance, under the names that its outcomes bear. */
export interface QuarantinedOutcomes {
  readonly instanceId: string
  readonly taskType: string
  readonly modelName: string
  readonly provider: string
  /** Empty where the model was called without one. */
  readonly thinkingLevel: string
}

interface ModelName {
  readonly modelName: string
  readonly provider: string
}

/**
 * What the last tick left out. It names models as the metrics do, while outcomes may bear other names of
 * the same model: each is looked for under all of those that its instances used.
 */
export async function readQuarantined(
  queryable: Queryable,
  nameOf: (given: ModelName) => ModelName,
): Promise<readonly QuarantinedOutcomes[]> {
  const { rows: cells } = await queryable.query<QuarantinedOutcomes>(`
    select instance_id as "instanceId", task_type as "taskType", model_name as "modelName", provider,
      thinking_level as "thinkingLevel"
    from winrate.instance_quarantines`)
  if (cells.length === 0) return []
  const { rows: given } = await queryable.query<ModelName>(`
    select distinct model_name as "modelName", provider
    from winrate.outcome_rollups
    where instance_id in (select instance_id from winrate.instance_quarantines)`)
  const givenNames = new Map<string, ModelName[]>()
  for (const name of given) {
    const id = idOf(nameOf(name))
    givenNames.set(id, [...(givenNames.get(id) ?? []), name])
  }
  return cells.flatMap((cell) =>
    (givenNames.get(idOf(cell)) ?? []).map((name) => ({ ...cell, ...name })),
  )
}

function idOf({ modelName, provider }: ModelName): string {
  return JSON.stringify([modelName, provider])
}
