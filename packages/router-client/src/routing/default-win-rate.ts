import type { DefaultWinRates } from '@winrate/shared-schema/contracts'

/** The default of a model at a task type, where it has one. */
export function defaultWinRate(
  defaults: DefaultWinRates,
  taskType: string,
  modelName: string,
): number | undefined {
  const row = Object.hasOwn(defaults, taskType) ? defaults[taskType] : undefined
  return row !== undefined && Object.hasOwn(row, modelName) ? row[modelName] : undefined
}
