import { catchRejection, isRecord, isThenable } from '../../runtime/unknown-value.ts'

/** The tokens that an answer, or a chunk of one, tells in plain sight. Never throws. */
export function usageIn(answer: unknown): object | undefined {
  try {
    return findUsage(answer)
  } catch {
    return undefined
  }
}

function findUsage(answer: unknown): object | undefined {
  const found = ['totalUsage', 'usage', 'usageMetadata'].map((name) => field(answer, name))
  // A chunk of Anthropic's begins with a message, one of OpenAI's ends with a response.
  const within = () => ['response', 'message'].map((name) => field(field(answer, name), 'usage'))
  return found.find(isRecord) ?? within().find(isRecord)
}

/** Undefined for a promise: it says nothing yet. But one that an SDK's getter has just made is nobody's, and its rejection would end the process. */
export function field(of: unknown, name: string): unknown {
  const value = isRecord(of) ? of[name] : undefined
  catchRejection(value, () => undefined)
  return isThenable(value) ? undefined : value
}
