// Text that carries the SHA-256 of itself: JSON with an empty `hash` near its beginning, filled in.
import { createHash } from 'node:crypto'

const hashField = /"hash":"([0-9a-f]{64})"/

/** Fills in the hash of a text that has `"hash":""`; the first one is the text's own. */
export function sealText(open: string, hash: string = sha256(open)): string {
  return open.replace('"hash":""', `"hash":"${hash}"`)
}

/** Whether the text is what `hash` was made of. */
export function isSealedWith(text: string, hash: string): boolean {
  return sha256(text.replace(hashField, '"hash":""')) === hash
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
