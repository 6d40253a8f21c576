import type { DefaultWinRates } from './catalogue.ts'

/** What is assumed before anything was learned: win rate by task type and catalogue key. */
export const defaultWinRates: DefaultWinRates = {
  architecture: { 'claude-opus': 0.88, 'gpt-4o': 0.85 },
  coding: { codex: 0.95, 'claude-sonnet': 0.82 },
  refactoring: { 'claude-opus': 0.88, 'claude-sonnet': 0.85 },
  analysis: { 'claude-opus': 0.9, 'gpt-4o': 0.85 },
  research: { 'claude-opus': 0.92, 'gpt-4o': 0.88 },
  planning: { 'claude-opus': 0.82, 'claude-sonnet': 0.8 },
  chat: { 'claude-sonnet': 0.82, 'gpt-4o-mini': 0.75 },
}
