// Text that carries its own SHA-256: JSON with an empty `hash` near its beginning, filled in.
import { createHash } from 'node:crypto'
import type { Steps } from '../../steps/run-steps.ts'

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

/** Characters that one step hashes: a tenth of a millisecond. */
const CHARS_PER_STEP = 65_536

/** Whether the text is the one that `hash` was computed from. */
export function* isSealedInSteps(text: string, hash: string): Steps<boolean> {
  const field = hashField.exec(text)
  if (field === null || field[1] !== hash) return false
  const sum = createHash('sha256')
  sum.update(text.slice(0, field.index)).update(OPEN_FIELD)
  let from = field.index + field[0].length
  while (from < text.length) {
    let end = Math.min(text.length, from + CHARS_PER_STEP)
    if (isHighSurrogate(text.charCodeAt(end - 1))) end += 1
    sum.update(text.slice(from, end))
    from = end
    yield
  }
  return sum.digest('hex') === hash
}

/** The two halves of a pair are hashed together: each by itself has other bytes. */
function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
