import { readFile } from 'node:fs/promises'
import { taskTypeSchema } from '@winrate/shared-schema/contracts'
import { toZod } from '@winrate/shared-schema/zod'
import { z } from 'zod'
import { UsageError } from '../errors.ts'

const taskMapSchema = z.record(z.string(), z.record(z.string(), toZod(taskTypeSchema)))

/** Source → category → task type. An absent category has no task type and is not replayed. */
export type TaskMap = z.infer<typeof taskMapSchema>

/** Reads a task map; throws UsageError that says what is wrong. */
export async function readTaskMap(file: string): Promise<TaskMap> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`${file}: cannot be read (${String(error)})`)
  })
  return parseTaskMap(text, file)
}

/** Parses the text of a task map; errors name `file`. */
export function parseTaskMap(text: string, file: string): TaskMap {
  const parsed = taskMapSchema.safeParse(parseJson(text, file))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = issue?.path.join(' → ') ?? ''
  throw new UsageError(
    `${file}: must be {source: {category: task type}}; ${path || 'it'} ${issue?.message}`,
  )
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${file}: is not JSON (${String(error)})`)
  }
}
