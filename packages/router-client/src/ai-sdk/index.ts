// The public surface of @winrate/router-client/ai-sdk.
export type { AnsweredCall, Feedback } from '../adapters/feedback.ts'
export type { ToolCall } from '../adapters/verdict.ts'
export type { Answer } from './answers/answer.ts'
export type { Verify } from './answers/verdict.ts'
export { createWinrate, type Winrate, type WinrateOptions } from './create-winrate.ts'
export type { ModelOptions } from './model-options.ts'
export type { Message, Part, SdkModel, SdkProvider } from './sdk/sdk-types.ts'
