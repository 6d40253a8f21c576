import type { Message } from './sdk-types.ts'

/** What was said since the user's last message: what a turn has brought so far. */
export function sinceUser(prompt: readonly Message[]): readonly Message[] {
  return prompt.slice(prompt.findLastIndex(({ role }) => role === 'user') + 1)
}

/** The text of the user's last message; empty where there is none. */
export function lastWords(prompt: readonly Message[]): string {
  const content = prompt.findLast(({ role }) => role === 'user')?.content ?? ''
  if (typeof content === 'string') return content
  return content.map((part) => (part.type === 'text' ? part['text'] : '')).join('\n')
}
