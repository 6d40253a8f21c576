import type { TaskType } from '@winrate/shared-schema/contracts'
import type { AnyCallOptions, CallResult } from './call-options.ts'
import type { createCall, RoutingInput } from './create-call.ts'
import type { Callback } from './run-attempt.ts'

/** `call()`. Its code, and that of plans, loads with the first call: a decision needs neither. */
export function loadCall(input: RoutingInput): ReturnType<typeof createCall> {
  let loaded: ReturnType<typeof createCall> | undefined

  async function load() {
    const { createCall } = await import('./create-call.ts')
    loaded ??= createCall(input)
    return loaded
  }

  return async function call<Answer>(
    taskType: TaskType,
    messages: unknown,
    callback: Callback<Answer>,
    options?: AnyCallOptions<Answer>,
  ): Promise<CallResult<Answer>> {
    return (loaded ?? (await load()))(taskType, messages, callback, options)
  }
}
