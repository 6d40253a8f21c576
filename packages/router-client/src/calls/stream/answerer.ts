import { field } from './answer-usage.ts'

/** The model that answered, as an answer or a chunk of one names it. Never throws. */
export function answererIn(answer: unknown): string | undefined {
  try {
    return namesIn(answer).find((name) => name !== undefined && name !== '')
  } catch {
    return undefined
  }
}

function namesIn(answer: unknown): readonly (string | undefined)[] {
  const [response, message] = [field(answer, 'response'), field(answer, 'message')]
  const sources = [answer, response, message]
  // Of the AI SDK `modelId`, of others `model`.
  return ['modelId', 'model'].flatMap((name) => sources.map((source) => textIn(source, name)))
}

function textIn(source: unknown, name: string): string | undefined {
  const value = field(source, name)
  return typeof value === 'string' ? value : undefined
}
