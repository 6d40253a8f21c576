// Recognises which calls belong together: the steps of a tool loop, and an SDK's retries of a call. No SDK says either.
import { BoundedMap } from '../runtime/bounded-map.ts'

const TOOL_CALLS_KEPT = 10_000
/** Of a message, from its start and from its end. */
const CHARS_COMPARED = 100

export type Turns = ReturnType<typeof createTurns>

/** Bounded: where a step has been forgotten, the next one is a decision of its own. */
export function createTurns() {
  /** By what a retry has in common with the call that failed. */
  const failed = new WeakMap<object, object>()
  /** A step brings the results of the tools that an earlier one of the same turn has called. */
  const awaited = new BoundedMap<string, object>(TOOL_CALLS_KEPT)

  return {
    /**
     * The turn of a call: that of the call which it repeats, else that of the step which it follows, else a new one.
     *
     * @param repeats The same object in all retries of a call.
     * @param keys What an earlier step may have announced.
     */
    of(repeats: object | undefined, keys: readonly string[]): object {
      const repeated = repeats && failed.get(repeats)
      if (repeated !== undefined) return repeated
      for (const key of keys) {
        const turn = awaited.get(key)
        if (turn !== undefined) return turn
      }
      return {}
    },
    /** A call failed: a retry of it is of the same turn. */
    fail: (repeats: object, turn: object): void => void failed.set(repeats, turn),
    /** An answer announces its next step. */
    expect: (key: string, turn: object): void => awaited.set(key, turn),
  }
}

/**
 * Names a tool call. Some servers number theirs from 0 in every answer: what the user said tells them apart.
 *
 * @param lastWords The text of the user's last message.
 */
export function toolCallKey(taskType: string, lastWords: string, toolCallId: string): string {
  const { length } = lastWords
  const words = `${lastWords.slice(0, CHARS_COMPARED)}${lastWords.slice(-CHARS_COMPARED)}`
  return `${taskType} ${length} ${words} ${toolCallId}`
}
