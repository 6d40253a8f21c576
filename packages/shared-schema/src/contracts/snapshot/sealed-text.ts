// Text that carries its own SHA-256: JSON with an empty `hash` near its beginning, filled in.
import { createHash } from 'node:crypto'

const hashField = /"hash":"([0-9a-f]{64})"/
const OPEN_FIELD = '"hash":""'

/** Fills in the hash of a text that has `"hash":""`. The first such field is its own. */
export function sealText(open: string): string {
  const text = createOpenText()
  text.add(open)
  return text.seal()
}

/** A text that is written and hashed part by part, and then sealed. */
export function createOpenText() {
  const parts: string[] = []
  const sum = createHash('sha256')
  return {
    add(part: string): void {
      parts.push(part)
      sum.update(part)
    },
    seal: (): string => parts.join('').replace(OPEN_FIELD, `"hash":"${sum.digest('hex')}"`),
  }
}

/** The hash that a sealed text carries; undefined where it carries none. */
export function sealedHash(text: string): string | undefined {
  return hashField.exec(text)?.[1]
}

/** Whether the text is the one that `hash` was computed from. */
export function isSealed(text: string, hash: string): boolean {
  const open = text.replace(hashField, OPEN_FIELD)
  return sealedHash(text) === hash && createHash('sha256').update(open).digest('hex') === hash
}
