import { hash } from 'node:crypto'

/** Hides a text from whoever cannot guess it. Equal in all processes, whatever snapshot they have. */
export function hashText(text: string, hexChars: number): string {
  return hash('sha256', text, 'hex').slice(0, hexChars)
}
