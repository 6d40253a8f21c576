import type { MetricsBody } from '@winrate/shared-schema/http'

/** A model as win rates name it. */
export interface NamedModel {
  readonly provider: string
  readonly modelName: string
  readonly thinkingLevel: string | null
}

export function modelKey({ provider, modelName, thinkingLevel }: NamedModel): string {
  return JSON.stringify([provider, modelName, thinkingLevel])
}

export function modelText({ provider, modelName, thinkingLevel }: NamedModel): string {
  return `${modelName}${thinkingLevel === null ? '' : ` · ${thinkingLevel}`} (${provider})`
}

/** The task types of metrics with their outcomes, the most first. */
export function taskTypesOf({ metrics }: Pick<MetricsBody, 'metrics'>) {
  const tasks = new Map<string, { taskType: string; samples: number; models: number }>()
  for (const { taskType, samples } of metrics) {
    const task = tasks.get(taskType) ?? { taskType, samples: 0, models: 0 }
    task.samples += samples
    task.models += 1
    tasks.set(taskType, task)
  }
  return [...tasks.values()].sort((one, other) => other.samples - one.samples)
}

/** A value for a shell: quoted where it holds anything but plain letters. */
export function shellQuoted(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
