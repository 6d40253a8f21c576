// Calls one model for the SDK, and says in what it answers which call it was.
import { answeredBy } from '../adapters/feedback.ts'
import type { Attempt } from '../calls/call-options.ts'
import { isCalledHere } from './answers/answer.ts'
import type {
  SdkCallOptions,
  SdkModel,
  SdkResult,
  SdkStreamResult,
  StreamPart,
} from './sdk/sdk-types.ts'
import { asV4File } from './sdk/to-v3.ts'

export interface Called {
  readonly attempt: Attempt
  readonly model: SdkModel
  /** Whether what it answers must be turned into V4. */
  readonly isOlder: boolean
  /** Told of each tool that the answer wants called here. */
  readonly expect: (toolCallId: string) => void
}

export async function generate(options: SdkCallOptions, called: Called): Promise<SdkResult> {
  const { attempt, model, isOlder, expect } = called
  const result = (await model.doGenerate(options as never)) as SdkResult
  const { providerMetadata, response } = result
  for (const part of result.content) if (isCalledHere(part)) expect(String(part['toolCallId']))
  return {
    ...result,
    content: isOlder ? result.content.map(asV4File) : result.content,
    providerMetadata: { ...providerMetadata, winrate: answeredBy(attempt) },
    response: { ...response, modelId: response?.modelId ?? attempt.model },
  }
}

export async function stream(options: SdkCallOptions, called: Called): Promise<SdkStreamResult> {
  const result = (await called.model.doStream(options as never)) as SdkStreamResult
  return { ...result, stream: marked(result.stream, called) }
}

/** As fast as it is read, and no faster; who stops reading stops the model. */
function marked(parts: ReadableStream<StreamPart>, called: Called): ReadableStream<StreamPart> {
  const reader = parts.getReader()
  const { attempt } = called
  let isNamed = false
  return new ReadableStream<StreamPart>(
    {
      async pull(controller) {
        const { done, value } = await reader.read()
        if (done) {
          controller.close()
          return
        }
        isNamed ||= value.type === 'response-metadata' && value.modelId !== undefined
        if (value.type === 'finish' && !isNamed) {
          controller.enqueue({ type: 'response-metadata', modelId: attempt.model })
        }
        controller.enqueue(markedPart(value, called))
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

function markedPart(part: StreamPart, { attempt, isOlder, expect }: Called): StreamPart {
  if (isCalledHere(part)) expect(String(part['toolCallId']))
  if (part.type === 'finish') {
    const winrate = answeredBy(attempt)
    return { ...part, providerMetadata: { ...part.providerMetadata, winrate } }
  }
  return isOlder ? asV4File(part) : part
}
