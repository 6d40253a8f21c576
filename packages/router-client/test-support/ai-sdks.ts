// Both majors of the AI SDK, as users install them, behind one set of types.
import { createAnthropic } from '@ai-sdk/anthropic'
import { createAnthropic as createAnthropic3 } from '@ai-sdk/anthropic-3'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAI as createOpenAI3 } from '@ai-sdk/openai-3'
import * as ai7 from 'ai'
import * as ai6 from 'ai-6'

// What it says of models that it does not know.
Reflect.set(globalThis, 'AI_SDK_LOG_WARNINGS', false)

export interface AiSdk {
  readonly name: string
  readonly ai: typeof ai7
  /** Stops a loop after so many steps. */
  readonly atMost: typeof ai7.isStepCount
  readonly createOpenAI: typeof createOpenAI
  readonly createAnthropic: typeof createAnthropic
}

/** What the tests use has the same types in both. */
export const aiSdks: readonly AiSdk[] = [
  { name: 'AI SDK 7', ai: ai7, atMost: ai7.isStepCount, createOpenAI, createAnthropic },
  {
    name: 'AI SDK 6',
    ai: ai6 as unknown as typeof ai7,
    atMost: ai6.stepCountIs as unknown as typeof ai7.isStepCount,
    createOpenAI: createOpenAI3 as unknown as typeof createOpenAI,
    createAnthropic: createAnthropic3 as unknown as typeof createAnthropic,
  },
]
