import { type Expected, judgeAnswer } from '../../adapters/verdict.ts'
import type { Attempt, Verdict } from '../../calls/call-options.ts'
import { sinceUser } from '../sdk/messages.ts'
import type { SdkCallOptions } from '../sdk/sdk-types.ts'
import { type Answer, isEmpty } from './answer.ts'

export type Verify = (answer: Answer, attempt: Attempt) => Verdict | Promise<Verdict>

/** The verdict on an answer of the SDK: see `judgeAnswer`. */
export function verdictOn(
  answer: Answer,
  options: SdkCallOptions,
  { attempt, verify }: { readonly attempt: Attempt; readonly verify: Verify | undefined },
): Verdict | Promise<Verdict> {
  const ask = verify && (() => verify(answer, attempt))
  return judgeAnswer({ ...answer, isEmpty: isEmpty(answer) }, expectedOf(options), ask)
}

function expectedOf({ responseFormat, tools = [], prompt }: SdkCallOptions): Expected {
  return {
    tools: tools.map(({ name, inputSchema }) => ({ name, schema: inputSchema })),
    json: responseFormat?.type === 'json' ? { schema: responseFormat.schema } : undefined,
    mayBeEmpty: sinceUser(prompt).length > 0,
  }
}
