import { createHash } from 'node:crypto'

/** Hides a text from whoever cannot guess it. Equal in all processes, whatever snapshot they have. */
export function hashText(text: string, hexChars: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, hexChars)
}
