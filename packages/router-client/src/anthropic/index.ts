// The public surface of @winrate/router-client/anthropic.
export type { Feedback } from '../adapters/feedback.ts'
export type { ToolCall } from '../adapters/verdict.ts'
export type { Referring } from '../fetch/create-fetch.ts'
export type { Answer, Fetch, Verify, WinrateOptions } from '../fetch/options.ts'
export { createWinrate, type Winrate } from './create-winrate.ts'
export type { Middleware } from './middleware.ts'
